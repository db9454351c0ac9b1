"""Several answers to one prompt: rated, ranked, criticised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.corpus.records import RefusalReason
from curation.domain.importers.rated_replies import ranks_of_scores
from tests.curation.format_samples import HELPSTEER, HELPSTEER_PREFERENCE, SAMPLES, ULTRAFEEDBACK
from tests.curation.import_files import imported, spoken, write_lines


def read(folder, *records, format_name):
    conversations, refusals = imported(write_lines(folder, records), format_name=format_name)
    assert not refusals, refusals
    return conversations


def refused(folder, record, *, format_name):
    _, refusals = imported(write_lines(folder, [record]), format_name=format_name)
    return [each.reason for each in refusals]


def ranked(conversation):
    (group,) = conversation.reply_groups
    return {reply.text: reply.rank for reply in group.replies}


# UltraFeedback ----------------------------------------------------------------------------------------


def test_completions_are_ranked_by_their_overall_score_and_the_best_is_logged(tmp_path):
    (conversation,) = read(tmp_path, ULTRAFEEDBACK, format_name="ultrafeedback")
    assert ranked(conversation) == {"poor": 1, "good": 0}
    assert spoken(conversation) == [("user", "q"), ("assistant", "good")]
    assert (conversation.model, conversation.reply_groups[0].judged_by) == ("m2", "model")


def test_every_aspect_is_a_rating_and_what_was_not_rated_is_none(tmp_path):
    (conversation,) = read(tmp_path, ULTRAFEEDBACK, format_name="ultrafeedback")
    poor, good = conversation.reply_groups[0].replies
    assert poor.ratings == {"helpfulness": 2.0, "overall": 3.0}
    assert good.ratings == {"helpfulness": 5.0, "overall": 8.5}
    assert (poor.critique, good.critique) == ("It says nothing.", "")


def test_equal_overall_scores_tie(tmp_path):
    completions = [{"response": text, "overall_score": 7} for text in ("a", "b")]
    (conversation,) = read(
        tmp_path, {"instruction": "q", "completions": completions}, format_name="ultrafeedback"
    )
    assert ranked(conversation) == {"a": 0, "b": 0}


def test_an_instruction_without_completions_is_a_lone_prompt(tmp_path):
    (conversation,) = read(tmp_path, {"instruction": "q", "completions": []}, format_name="ultrafeedback")
    assert (spoken(conversation), conversation.reply_groups) == ([("user", "q")], ())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"instruction": ""}, RefusalReason.EMPTY_MESSAGE),
        ({"instruction": None}, RefusalReason.MISSING_FIELD),
        ({"completions": "x"}, RefusalReason.WRONG_TYPE),
        ({"completions": ["x"]}, RefusalReason.WRONG_TYPE),
        ({"completions": [{"response": " "}]}, RefusalReason.EMPTY_MESSAGE),
        ({"completions": [{"response": "a", "overall_score": "high"}]}, RefusalReason.WRONG_TYPE),
    ],
)
def test_a_bad_ultrafeedback_record_is_refused_with_its_reason(tmp_path, change, reason):
    assert refused(tmp_path, ULTRAFEEDBACK | change, format_name="ultrafeedback") == [reason]


# HelpSteer2 -------------------------------------------------------------------------------------------


def test_rows_of_one_prompt_that_follow_each_other_are_one_conversation(tmp_path):
    rows = [HELPSTEER, {**HELPSTEER, "response": "b", "helpfulness": 1}, {**HELPSTEER, "prompt": "r"}]
    first, second = read(tmp_path, *rows, format_name="helpsteer2")
    assert (first.units, second.units) == (2, 1)
    assert [reply.ratings["helpfulness"] for reply in first.reply_groups[0].replies] == [3.0, 1.0]


def test_ratings_are_kept_and_no_order_is_made_of_them(tmp_path):
    (conversation,) = read(tmp_path, HELPSTEER, {**HELPSTEER, "response": "b"}, format_name="helpsteer2")
    assert ranked(conversation) == {"a": None, "b": None}
    assert conversation.reply_groups[0].replies[0].ratings == {
        "helpfulness": 3.0,
        "correctness": 4.0,
        "coherence": 4.0,
        "complexity": 1.0,
        "verbosity": 0.0,
    }


def test_a_rating_of_each_rater_is_kept_beside_their_mean(tmp_path):
    (conversation,) = read(tmp_path, {**HELPSTEER, "helpfulness": [4, 4, 1]}, format_name="helpsteer2")
    ratings = conversation.reply_groups[0].replies[0].ratings
    assert ratings["helpfulness"] == 3.0
    assert ratings["helpfulness, rater 3"] == 1.0


def test_a_prompt_of_several_turns_is_divided(tmp_path):
    prompt = "Hi\n<extra_id_1>Assistant\nHello.\n<extra_id_1>User\nWhy?\n<extra_id_1>Assistant\n"
    (conversation,) = read(tmp_path, {**HELPSTEER, "prompt": prompt}, format_name="helpsteer2")
    assert spoken(conversation) == [
        ("user", "Hi"),
        ("assistant", "Hello."),
        ("user", "Why?"),
        ("assistant", "a"),
    ]


def test_a_bad_row_does_not_take_its_neighbour_along(tmp_path):
    rows = [HELPSTEER, {**HELPSTEER, "response": ""}, {**HELPSTEER, "response": "b"}]
    conversations, refusals = imported(write_lines(tmp_path, rows), format_name="helpsteer2")
    assert [each.units for each in conversations] == [2]
    assert [(each.position.line, each.reason) for each in refusals] == [(2, RefusalReason.EMPTY_MESSAGE)]


@pytest.mark.parametrize(
    ("strength", "ranks", "kept"),
    [(2, {"a": 1, "b": 0}, 2), (-3, {"a": 0, "b": 1}, 3), (0, {"a": 0, "b": 0}, None)],
)
def test_a_strength_names_the_better_response_and_by_how_much(tmp_path, strength, ranks, kept):
    record = HELPSTEER_PREFERENCE | {"preference_strength": strength}
    (conversation,) = read(tmp_path, record, format_name="helpsteer2")
    assert ranked(conversation) == ranks
    assert conversation.reply_groups[0].strength == kept


def test_the_elaboration_is_kept_with_the_better_response(tmp_path):
    (conversation,) = read(tmp_path, HELPSTEER_PREFERENCE, format_name="helpsteer2")
    assert [reply.critique for reply in conversation.reply_groups[0].replies] == ["", "It answers."]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"preference_strength": 4}, RefusalReason.WRONG_TYPE),
        ({"preference_strength": 0.5}, RefusalReason.WRONG_TYPE),
        ({"preference_strength": "much"}, RefusalReason.WRONG_TYPE),
        ({"response_2": "a"}, RefusalReason.EQUAL_SIDES),
        ({"response_2": None}, RefusalReason.MISSING_FIELD),
    ],
)
def test_a_bad_helpsteer_preference_is_refused_with_its_reason(tmp_path, change, reason):
    assert refused(tmp_path, HELPSTEER_PREFERENCE | change, format_name="helpsteer2") == [reason]


# Lists and labels -------------------------------------------------------------------------------------

LISTS = SAMPLES["ranked_lists"]


@pytest.mark.parametrize("case", ["ranks", "knowpat", "named scores", "pro"])
def test_every_shape_of_a_list_gives_the_same_order(tmp_path, case):
    (conversation,) = read(tmp_path, LISTS[case], format_name="ranked_lists")
    assert ranked(conversation) == {"a": 0, "b": 1}
    assert spoken(conversation) == [("user", "q"), ("assistant", "a")]


def test_steps_of_an_answer_are_joined(tmp_path):
    (conversation,) = read(tmp_path, LISTS["steps"], format_name="ranked_lists")
    assert ranked(conversation) == {"a\nb": 0, "c": 1}


def test_a_score_with_a_name_is_a_rating_and_one_without_is_an_order(tmp_path):
    named, nameless = read(tmp_path, LISTS["named scores"], LISTS["knowpat"], format_name="ranked_lists")
    assert [reply.ratings for reply in named.reply_groups[0].replies] == [{"reward": 0.5}, {"reward": 0.1}]
    assert [reply.ratings for reply in nameless.reply_groups[0].replies] == [{}, {}]


@pytest.mark.parametrize(
    ("case", "change", "reason"),
    [
        ("knowpat", {"scores": [1]}, RefusalReason.SIDES_DISAGREE),
        ("knowpat", {"scores": [1, None]}, RefusalReason.MISSING_FIELD),
        ("knowpat", {"responses": []}, RefusalReason.NO_MESSAGES),
        ("knowpat", {"responses": [1, 2]}, RefusalReason.WRONG_TYPE),
        ("ranks", {"responses": [{"content": "a", "rank": -1}]}, RefusalReason.WRONG_TYPE),
        ("pro", {"prefix": [["<|prompter|>q"], ["<|prompter|>r"]]}, RefusalReason.SIDES_DISAGREE),
        ("pro", {"prefix": [["q"], ["q"]]}, RefusalReason.UNKNOWN_ROLE),
        ("steps", {"response_list": ["a"]}, RefusalReason.WRONG_TYPE),
    ],
)
def test_a_bad_list_is_refused_with_its_reason(tmp_path, case, change, reason):
    assert refused(tmp_path, LISTS[case] | change, format_name="ranked_lists") == [reason]


def test_the_attributes_of_a_label_are_ratings_of_the_answer(tmp_path):
    (conversation,) = read(tmp_path, SAMPLES["steerlm"]["labels"], format_name="steerlm")
    (group,) = conversation.reply_groups
    assert group.replies[0].ratings == {"helpfulness": 4.0, "verbosity": 2.0}
    assert group.replies[0].message_index == 1


@given(st.lists(st.none() | st.floats(-5, 5), max_size=8))
def test_a_higher_score_has_a_lower_rank_and_equal_ones_tie(scores):
    ranks = ranks_of_scores(scores)
    pairs = [(s, r) for s, r in zip(scores, ranks, strict=True) if s is not None and r is not None]
    assert all((one > other) == (r < q) for one, r in pairs for other, q in pairs)
    assert {rank for _, rank in pairs} == set(range(len({score for score, _ in pairs})))
