"""Tables: the mapping is suggested, each row is a turn, and a bad row is refused alone."""

from collections import Counter

import pytest

from curation.domain.corpus.records import RefusalReason
from curation.domain.exporters.choice_codes import infer_choice_codes
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.mapping_suggestion import is_header, suggest_mapping
from curation.domain.importers.reading import Limits, SourceError, open_source
from curation.domain.importers.table_reading import open_table, suggested_mapping
from tests.curation.import_files import imported, spoken, write
from tests.paths import shared_file

HEADER = "id,user,task,prompt,response_a,response_b,rating_a,rating_b,choice\n"
ROWS = (
    "1,u1,t1,What is it about?,A bird.,A plane.,2,5,2\n"
    "2,u1,t1,And what more?,A cloud.,,4,,\n"
    "3,u2,t1,Is it so?,Yes it is.,No it is not.,3,3,0\n"
    "4,u2,t1,Is it really?,Yes.,No.,4,1,1\n"
)


def read(folder, content, **options):
    return imported(write(folder, content, name="log.csv"), format_name="csv", **options)


def read_one(folder, row, *, header=HEADER):
    """Return the only conversation of ROWS' columns; the other rows are there to learn the coding from."""
    conversations, refusals = read(folder, header + ROWS + row)
    return next((each for each in conversations if each.source_user == "u9"), None), refusals


def suggested(columns, *rows):
    return suggest_mapping(columns.split(","), [row.split(",") for row in rows])


def test_rows_of_one_user_and_task_are_one_conversation(tmp_path):
    conversations, refusals = read(tmp_path, HEADER + ROWS)
    assert [(each.source_user, each.units) for each in conversations] == [("u1", 2), ("u2", 2)]
    assert not refusals


def test_rows_of_a_conversation_need_not_stand_together(tmp_path):
    lines = ROWS.splitlines(keepends=True)
    conversations, _ = read(tmp_path, HEADER + lines[0] + lines[2] + lines[1] + lines[3])
    assert [each.units for each in conversations] == [2, 2]


def test_the_conversation_goes_on_with_the_chosen_answer(tmp_path):
    conversations, _ = read(tmp_path, HEADER + ROWS)
    assert spoken(conversations[0])[1] == ("assistant", "A plane.")


def test_both_answers_are_a_group_with_ranks_and_ratings(tmp_path):
    group = read(tmp_path, HEADER + ROWS)[0][0].reply_groups[0]
    assert [(reply.text, reply.rank, reply.message_index) for reply in group.replies] == [
        ("A bird.", 1, None),
        ("A plane.", 0, 1),
    ]
    assert [reply.ratings for reply in group.replies] == [{"rating": 2.0}, {"rating": 5.0}]
    assert (group.prompt_length, group.judged_by) == (1, "person")


def test_a_choice_is_a_persons_only_where_the_table_names_people(tmp_path):
    """Rankings written by a model come as tables, too, and such rows must not pass for people's."""
    content = "prompt,response_a,response_b,choice\nWhat is rain?,Water.,A cloud.,a\n"
    (conversation,), _ = read(tmp_path, content)
    assert [group.judged_by for group in conversation.reply_groups] == ["unknown"]


def test_an_empty_second_answer_leaves_one_reply_without_a_rank(tmp_path):
    group = read(tmp_path, HEADER + ROWS)[0][0].reply_groups[1]
    assert [(reply.text, reply.rank, reply.ratings) for reply in group.replies] == [
        ("A cloud.", None, {"rating": 4.0})
    ]


def test_a_tie_is_equal_ranks_and_the_first_answer_goes_on(tmp_path):
    conversation = read(tmp_path, HEADER + ROWS)[0][1]
    assert [reply.rank for reply in conversation.reply_groups[0].replies] == [0, 0]
    assert spoken(conversation)[1] == ("assistant", "Yes it is.")


def test_html_entities_are_unescaped_unless_the_mapping_says_no(tmp_path):
    content = "prompt,response\nIs 1 &lt; 2 &amp; 3?,It is so&#33;\n"
    assert spoken(read(tmp_path, content)[0][0]) == [("user", "Is 1 < 2 & 3?"), ("assistant", "It is so!")]
    raw = ColumnMapping(prompt="prompt", response_a="response", unescape_html=False)
    assert "&lt;" in spoken(read(tmp_path, content, mapping=raw)[0][0])[0][1]


def test_cells_over_several_lines_keep_their_lines_and_position(tmp_path):
    conversations, _ = read(tmp_path, 'prompt,response\n"one\n\ntwo",fine\nnext one here,good\n')
    assert spoken(conversations[0])[0] == ("user", "one\n\ntwo")
    assert [each.position.line for each in conversations] == [2, 5]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, delimiter):
    content = "prompt,response\nHow are you?,Quite well.\n".replace(",", delimiter)
    assert len(read(tmp_path, content)[0]) == 1


BAD_ROWS = {
    "empty prompt": ("9,u9,t1, ,a,b,1,2,1\n", RefusalReason.EMPTY_MESSAGE),
    "too few cells": ("9,u9,t1,what\n", RefusalReason.BROKEN_ROW),
    "too many cells": ("9,u9,t1,q,a,b,1,2,1,more\n", RefusalReason.BROKEN_ROW),
    "no number": ("9,u9,t1,q,a,b,good,2,1\n", RefusalReason.WRONG_TYPE),
    "no finite number": ("9,u9,t1,q,a,b,inf,2,1\n", RefusalReason.WRONG_TYPE),
    "unknown choice": ("9,u9,t1,q,a,b,1,2,maybe\n", RefusalReason.WRONG_TYPE),
    "unclosed quote": ('9,u9,t1,"q,a,b,1,2,1\n', RefusalReason.BROKEN_ROW),
}


@pytest.mark.parametrize(("bad", "reason"), BAD_ROWS.values(), ids=BAD_ROWS.keys())
def test_a_bad_row_is_refused_alone_with_its_line(tmp_path, bad, reason):
    conversations, refusals = read(tmp_path, HEADER + ROWS + bad + "8,u8,t1,What now?,a,b,1,2,1\n")
    assert [(each.position.line, each.reason) for each in refusals] == [(6, reason)]
    assert [each.source_user for each in conversations] == ["u1", "u2", "u8"]


def test_what_follows_a_refused_row_is_a_conversation_of_its_own(tmp_path):
    rows = ROWS + "5,u1,t1,,a,,,,\n" + "6,u1,t1,Still there?,yes,,,,\n"
    conversations, refusals = read(tmp_path, HEADER + rows)
    assert [each.units for each in conversations if each.source_user == "u1"] == [2, 1]
    assert len(refusals) == 1


def test_a_row_over_the_cap_or_in_another_encoding_is_refused_alone(tmp_path):
    content = (HEADER + ROWS).encode() + b"9,u9,t1," + b"x" * 5000 + b",a,b,1,2,1\n9,u9,t1,\xfc,a,b,1,2,1\n"
    conversations, refusals = read(tmp_path, content, limits=Limits(record_bytes=4096))
    assert [each.reason for each in refusals] == [RefusalReason.TOO_LARGE, RefusalReason.NOT_UTF8]
    assert sum(each.units for each in conversations) == 4


TABLE = ["prompt,response", *(f"What is question {n}?,This is answer {n}" for n in range(100))]


def test_an_unclosed_quote_loses_no_row_behind_it_whatever_else_is_wrong_there(tmp_path):
    lines = [line.encode() for line in TABLE]
    lines[3], lines[50] = b'"What is question 2?,This is answer 2', b"What is question 49 \xe9?,This"
    conversations, refusals = read(tmp_path, b"\n".join(lines) + b"\n")
    assert len(conversations) == 98
    assert [(each.position.line, each.reason) for each in refusals] == [
        (4, RefusalReason.BROKEN_ROW),
        (51, RefusalReason.NOT_UTF8),
    ]


def test_a_first_line_that_cannot_be_read_is_refused_and_the_header_is_the_next(tmp_path):
    conversations, refusals = read(tmp_path, b"export caf\xe9\n" + "\n".join(TABLE).encode() + b"\n")
    assert len(conversations) == 100
    assert [each.position.line for each in refusals] == [1]


def test_a_row_of_very_many_small_cells_over_many_lines_is_refused_in_bounded_memory(tmp_path):
    endless = "".join('a,"b\n",' for _ in range(5000))
    content = "\n".join([TABLE[0], endless, *TABLE[1:]])
    conversations, refusals = read(tmp_path, content, limits=Limits(record_bytes=4096))
    assert len(conversations) == 100
    assert {each.reason for each in refusals} == {RefusalReason.BROKEN_ROW}


def test_nul_characters_are_cleaned_and_counted(tmp_path):
    conversations, _ = read(tmp_path, "prompt,response\nWhat\x00 is this?,Nothing much.\n")
    assert (spoken(conversations[0])[0], conversations[0].cleaned) == (("user", "What is this?"), 1)


def test_a_table_without_a_prompt_says_which_columns_it_has(tmp_path):
    with pytest.raises(SourceError, match="Its columns: price, size"):
        read(tmp_path, "price,size\n5,7\n")


def test_a_mapping_to_a_column_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SourceError, match='no column "question"'):
        read(tmp_path, HEADER + ROWS, mapping=ColumnMapping(prompt="question"))


def test_a_choice_may_be_the_name_of_the_model(tmp_path):
    content = "prompt,response_a,response_b,model_a,model_b,winner\n" + "Who is it?,Me.,You.,m1,m2,m2\n" * 3
    group = read(tmp_path, content)[0][0].reply_groups[0]
    assert [(reply.model, reply.rank) for reply in group.replies] == [("m1", 1), ("m2", 0)]


def test_columns_named_chosen_and_rejected_are_a_preference(tmp_path):
    conversations, _ = read(tmp_path, "prompt,chosen,rejected\nWho is it?,Me.,You.\n")
    assert [reply.rank for reply in conversations[0].reply_groups[0].replies] == [0, 1]


@pytest.mark.parametrize(
    ("values", "meaning"),
    [
        (["a", "b", "tie"], {"a": "a", "b": "b", "tie": "tie"}),
        (["(A)", "(b)", "equal"], {"a": "a", "b": "b", "equal": "tie"}),
        (["model_a", "tie (bothbad)"], {"model_b": "b", "tie (bothbad)": "both_bad"}),
        (["0", "1"], {"0": "a", "1": "b"}),
        (["1.0", "2.0"], {"0": "tie", "1": "a", "2": "b"}),
        (["1", "2", "3"], {"3": "tie"}),
        (["-1", "0", "1"], {"-1": "a", "0": "tie", "1": "b"}),
    ],
)
def test_a_coding_is_found_from_the_values(values, meaning):
    assert meaning.items() <= infer_choice_codes(values).items()


@pytest.mark.parametrize("values", [["red", "green"], ["1", "7"], ["", " "], []])
def test_values_that_are_no_choices_have_no_coding(values):
    assert infer_choice_codes(values) == {}


def test_ratings_that_say_the_opposite_turn_a_numbering_round():
    ratings = [(5.0, 1.0), (1.0, 5.0)] * 6
    assert infer_choice_codes(["1", "0"] * 6, ratings=ratings) == {"0": "b", "1": "a"}
    assert infer_choice_codes(["1", "0"] * 2, ratings=ratings[:4]) == {"0": "a", "1": "b"}


def test_names_of_people_and_models_are_told_from_texts():
    mapping = suggested(
        "user,assistant", "How are you today?,I am quite well.", "What is new here?,Not so much."
    )
    assert (mapping.prompt, mapping.response_a, mapping.user) == ("user", "assistant", "")


def test_an_unnamed_text_column_is_not_taken_for_a_second_answer():
    mapping = suggested("question,answer,notes", "What is it now?,It is that.,Looks good to me.")
    assert (mapping.prompt, mapping.response_a, mapping.response_b) == ("question", "answer", "")


def test_a_mapping_survives_being_stored():
    mapping = suggested(HEADER.strip(), *ROWS.splitlines())
    assert ColumnMapping.from_json(mapping.as_json() | {"of_another_version": 1}) == mapping


@pytest.mark.parametrize("row", [["a b", "a b"], ["", "x", ""], ["prompt", "7"], ["x" * 100, "y"]])
def test_a_row_of_content_is_no_header(row):
    assert not is_header(row)


def test_a_header_may_leave_the_row_number_unnamed():
    assert is_header(["", "prompt", "response"])


def test_the_study_log_is_mapped_without_help():
    mapping = suggested_mapping(open_table(open_source(shared_file("ifllm/query_logs_a.csv"))))
    assert mapping.columns == {
        "prompt": "user_query",
        "response_a": "llm_response_1",
        "response_b": "llm_response_2",
        "model_a": "llm_name_1",
        "model_b": "llm_name_2",
        "rating_a": "likert_1",
        "rating_b": "likert_2",
        "choice": "preference",
        "user": "user_id",
        "task": "task_id",
        "time": "query_timestamp",
        "source_id": "query_ID",
    }
    assert mapping.choice_codes == {"0": "tie", "1": "a", "2": "b"}


def test_the_study_log_gives_its_turns_users_and_pairs():
    conversations, refusals = imported(shared_file("ifllm/query_logs_a.csv"), format_name="csv")
    groups = [group for each in conversations for group in each.reply_groups]
    ranks = Counter(tuple(reply.rank for reply in group.replies) for group in groups)
    assert (sum(each.units for each in conversations), refusals) == (521, [])
    assert len({each.source_user for each in conversations}) == 33
    assert (ranks[0, 1], ranks[1, 0]) == (140, 125)


@pytest.mark.parametrize(
    ("name", "meanings"),
    [
        ("rankings", ["prompt", "prompt_input", "response_a", "response_b", "choice"]),
        ("ratings", ["prompt", "prompt_input", "response_a", "rating_a"]),
    ],
)
def test_tables_without_a_header_are_mapped_by_their_content(name, meanings):
    table = open_table(open_source(shared_file(f"sparse_feedback/feedback_{name}_sample_generation.csv")))
    columns = suggested_mapping(table).columns
    assert sorted(columns, key=columns.get) == meanings


def test_rankings_without_a_header_are_read_with_their_ties():
    path = shared_file("sparse_feedback/feedback_rankings_sample_generation.csv")
    conversations, _ = imported(path, format_name="csv")
    ranks = Counter(tuple(reply.rank for reply in each.reply_groups[0].replies) for each in conversations)
    assert ranks == {(0, 1): 37, (1, 0): 43, (0, 0): 38}
