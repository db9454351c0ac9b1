"""Public logs of chats: who, when, in what language, and what moderation said."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.corpus.language_names import language_code
from curation.domain.corpus.records import RefusalReason
from curation.domain.importers.moderation import LEAST_SCORE, flagged_tags, moderation_scores
from tests.curation.format_samples import LMSYS, MODERATION, SPOKEN, WILDCHAT
from tests.curation.import_files import imported, spoken, write_lines


def read(folder, record, *, format_name):
    conversations, refusals = imported(write_lines(folder, [record]), format_name=format_name)
    assert not refusals, refusals
    return conversations[0]


def scored(conversation):
    return {(score.name, score.message_index): score.value for score in conversation.scores}


def test_a_wildchat_log_keeps_who_when_and_which_model(tmp_path):
    log = read(tmp_path, WILDCHAT, format_name="wildchat")
    assert spoken(log) == [("user", "q"), ("assistant", "a")]
    assert (log.source_id, log.source_user, log.model, log.language) == ("c1", "ip1", "gpt-4", "en")
    assert log.started_at == datetime(2023, 4, 9, 0, 2, 53, tzinfo=UTC)


def test_a_wildchat_user_may_be_named_by_the_turns_alone(tmp_path):
    record = {key: value for key, value in WILDCHAT.items() if key != "hashed_ip"}
    assert read(tmp_path, record, format_name="wildchat").source_user == "ip1"


def test_flags_become_tags_and_moderation_becomes_scores(tmp_path):
    log = read(tmp_path, WILDCHAT, format_name="wildchat")
    assert log.tags == ("toxic", "flagged: harassment")
    assert scored(log) == {
        ("toxic", 1): 1.0,
        ("moderation", None): 0.7,
        ("moderation: harassment", None): 0.7,
        ("moderation", 1): 0.7,
        ("detoxify", None): 0.9,
        ("detoxify: toxicity", None): 0.9,
    }


def test_nothing_that_tells_where_a_user_lives_is_kept(tmp_path):
    log = read(tmp_path, WILDCHAT, format_name="wildchat")
    assert not any(word in repr(log) for word in ("Nowhere", "browser"))


def test_an_lmsys_log_keeps_its_id_model_and_language(tmp_path):
    log = read(tmp_path, LMSYS, format_name="lmsys_chat")
    assert (log.source_id, log.model, log.language) == ("l1", "vicuna-13b", "de")
    assert log.tags == ("redacted", "flagged: harassment")


@pytest.mark.parametrize("name", ["wildchat", "lmsys_chat"])
@pytest.mark.parametrize(
    ("conversation", "reason"),
    [
        (None, RefusalReason.MISSING_FIELD),
        ("hello", RefusalReason.WRONG_TYPE),
        ([], RefusalReason.NO_MESSAGES),
        (["hello"], RefusalReason.WRONG_TYPE),
        ([{"role": "user", "content": ""}], RefusalReason.EMPTY_MESSAGE),
        (SPOKEN[1:], RefusalReason.ROLES_OUT_OF_ORDER),
    ],
)
def test_a_log_that_is_no_conversation_is_refused(tmp_path, name, conversation, reason):
    record = {"wildchat": WILDCHAT, "lmsys_chat": LMSYS}[name] | {"conversation": conversation}
    _, refusals = imported(write_lines(tmp_path, [record]), format_name=name)
    assert [each.reason for each in refusals] == [reason]


def test_moderation_of_another_length_is_one_of_the_whole_conversation():
    scores = moderation_scores(MODERATION, message_count=5)
    assert {(score.name, score.message_index, score.value) for score in scores} == {
        ("moderation", None, 0.7),
        ("moderation: harassment", None, 0.7),
    }


def test_messages_that_were_not_flagged_have_no_score_of_their_own():
    calm = [MODERATION[0], MODERATION[0]]
    assert [(score.message_index, score.value) for score in moderation_scores(calm, message_count=2)] == [
        (None, 0.001)
    ]


def test_a_category_that_is_spelt_twice_counts_once():
    entry = {"category_scores": {"self_harm": 0.5, "self-harm": 0.5}, "categories": {"self_harm": True}}
    assert [score.name for score in moderation_scores([entry], message_count=1)] == [
        "moderation",
        "moderation: self-harm",
    ]
    assert flagged_tags([entry]) == ("flagged: self_harm",)


@given(st.dictionaries(st.text("abc", min_size=1), st.floats(0, 1), min_size=1))
def test_of_any_scores_the_highest_is_kept_and_no_small_category(values):
    first, *others = moderation_scores([{"category_scores": values}], message_count=1)
    assert first.value == max(values.values())
    assert all(score.value >= LEAST_SCORE for score in others)


@pytest.mark.parametrize("said", [None, 5, "x", [None], [{"category_scores": {"a": "high", "b": True}}], {}])
def test_moderation_that_says_no_number_gives_no_score(said):
    assert moderation_scores(said, message_count=1) == ()


@pytest.mark.parametrize(
    ("named", "code"),
    [("English", "en"), ("en", "en"), ("pt-BR", "pt-BR"), ("Nolang", ""), ("Klingon", "Klingon")],
)
def test_a_language_is_known_by_its_code(named, code):
    assert language_code(named) == code
