"""Rows of any fields: what they mean is suggested by name and by sample, and whole conversations fit in a cell."""

import json
from dataclasses import replace

import pytest

from curation.domain.corpus.records import RefusalReason
from curation.domain.importers.mapping_suggestion import suggest_mapping
from curation.domain.importers.reading import open_source
from curation.importers import detect_format
from tests.curation.import_files import chat, imported, spoken, write, write_lines

TURNS = chat("What is it?", "A bird.")["messages"]
CAPITALS = {"France": "Paris", "Norway": "Oslo", "Italy": "Rome", "Spain": "Madrid", "Kenya": "Nairobi"}
PAIRS = [
    {"q": f"What is the capital of {country}?", "good": f"The capital of {country} is {city}."}
    for country, city in CAPITALS.items()
]


def rows(tmp_path, records, **options):
    return imported(write_lines(tmp_path, records), format_name="rows", **options)


def suggested(records):
    columns = list(records[0])
    return suggest_mapping(columns, [[str(record[column]) for column in columns] for record in records])


def test_objects_that_no_format_knows_are_read_as_rows(tmp_path):
    records = [{"question": "What is it about?", "answer": "It is about a bird."}] * 3
    assert detect_format(write_lines(tmp_path, records)).name == "rows"
    conversations, _ = rows(tmp_path, records)
    assert spoken(conversations[0]) == [("user", "What is it about?"), ("assistant", "It is about a bird.")]


def test_a_format_of_its_own_goes_before_rows(tmp_path):
    assert detect_format(write_lines(tmp_path, [chat("q", "a")])).name == "openai_chat"


def test_fields_of_inner_objects_are_columns(tmp_path):
    record = {"input": {"question": "What is it about?"}, "output": {"response": "It is a bird."}, "n": 1}
    conversations, _ = rows(tmp_path, [record])
    assert [text for _, text in spoken(conversations[0])] == ["What is it about?", "It is a bird."]


@pytest.mark.parametrize("written", [json.dumps, repr])
@pytest.mark.parametrize("name", ["dialogue", "xyz"])
def test_a_cell_may_hold_a_whole_conversation(tmp_path, written, name):
    conversations, refusals = rows(tmp_path, [{name: written(TURNS), "lang": "en"}])
    assert spoken(conversations[0]) == [("user", "What is it?"), ("assistant", "A bird.")]
    assert not refusals


def test_messages_of_a_table_may_be_in_the_words_of_sharegpt(tmp_path):
    turns = [{"from": "human", "value": "What is it?"}, {"from": "gpt", "value": "A bird."}]
    conversations, _ = rows(tmp_path, [{"xyz": turns}])
    assert spoken(conversations[0]) == [("user", "What is it?"), ("assistant", "A bird.")]


def test_nothing_in_a_cell_is_run(tmp_path):
    cell = "[__import__('os').system('touch /tmp/never')]"
    _, refusals = rows(tmp_path, [*[{"xyz": repr(TURNS)}] * 3, {"xyz": cell}])
    assert [each.reason for each in refusals] == [RefusalReason.WRONG_TYPE]


def test_a_rating_beside_a_conversation_is_of_its_last_answer(tmp_path):
    conversation = rows(tmp_path, [{"messages_json": json.dumps(TURNS), "rating": 4, "model": "gpt-x"}])[0][0]
    (group,) = conversation.reply_groups
    assert (group.prompt_length, group.replies[0].ratings, group.replies[0].message_index) == (
        1,
        {"rating": 4.0},
        1,
    )
    assert conversation.model == "gpt-x"


def test_answers_may_follow_a_conversation_that_ends_with_the_user(tmp_path):
    record = {"history": repr(TURNS[:1]), "chosen": "A small bird.", "rejected": "A plane, I think."}
    conversation = rows(tmp_path, [record] * 3)[0][0]
    assert spoken(conversation)[-1] == ("assistant", "A small bird.")
    assert [reply.rank for reply in conversation.reply_groups[0].replies] == [0, 1]


def test_a_conversation_that_begins_with_the_assistant_is_refused_alone(tmp_path):
    conversations, refusals = rows(tmp_path, [{"xyz": repr(TURNS)}, {"xyz": repr(TURNS[1:])}])
    assert len(conversations) == 1
    assert [each.reason for each in refusals] == [RefusalReason.ROLES_OUT_OF_ORDER]


def test_times_languages_and_models_are_known_by_their_look():
    records = [
        {
            "a": "What is it about?",
            "b": "It is about a bird.",
            "c": "2024-01-02T10:00:00",
            "d": "de",
            "e": "gpt-4o",
        }
    ] * 3
    mapping = suggested(records)
    assert (mapping.time, mapping.language, mapping.model_a) == ("c", "d", "e")
    assert (mapping.prompt, mapping.response_a) == ("a", "b")


def test_a_second_answer_is_known_by_the_words_that_it_shares_with_the_first():
    records = [
        {**pair, "other": f"I think {country} is governed from {city}.", "vote": "ab"[len(city) % 2]}
        for pair, (country, city) in zip(PAIRS, CAPITALS.items(), strict=True)
    ]
    mapping = suggested(records)
    assert (mapping.prompt, mapping.response_a, mapping.response_b) == ("q", "good", "other")
    assert mapping.choice_codes["b"] == "b"


def test_a_column_of_other_sentences_is_no_second_answer():
    records = [{**pair, "note": "Somebody wrote this down once.", "vote": "a"} for pair in PAIRS]
    assert suggested(records).response_b == ""


def test_what_is_no_object_is_refused_alone(tmp_path):
    path = write(tmp_path, '{"prompt": "What is it?", "response": "A bird."}\n7\n')
    conversations, refusals = imported(path, format_name="rows")
    assert (len(conversations), [each.reason for each in refusals]) == (1, [RefusalReason.WRONG_TYPE])


def test_reading_only_the_beginning_ends_behind_a_whole_line(tmp_path):
    source = replace(
        open_source(write_lines(tmp_path, [chat(f"q{n}", "a") for n in range(500)])), only_first=1000
    )
    assert b"".join(source.chunks()).endswith(b"}\n")
    assert len(b"".join(source.chunks())) <= 1000
