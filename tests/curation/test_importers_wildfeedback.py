"""WildFeedback: conversations rebuilt from utterances, their labels, preferences and wishes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.corpus.records import ConversationRecord, Position, Refusal, RefusalReason
from curation.domain.importers.utterances import Utterance, Utterances
from curation.domain.work.turns import text_message
from tests.curation.format_samples import SAMPLES, SPOKEN, TURNS, utterance
from tests.curation.import_files import imported, spoken, write

CORRECT = {
    "Disatisfaction": "Dissatisfaction",
    "Satisfaction-Justificiation": "Satisfaction-Justification",
    "Dissatisfaction-Justificiation": "Dissatisfaction-Justification",
}


def read(folder, *records):
    return imported(write(folder, json.dumps(records), name="x.json"), format_name="wildfeedback")


def spelt_right(row):
    return {CORRECT.get(key, key): value for key, value in row.items()}


COMPLAINT = {"Disatisfaction": True, "Dissatisfaction-Justificiation": "It was wrong.", "State": "REVISION"}
TALK = [utterance(0, "q"), utterance(1, "a"), utterance(2, "That is wrong.", **COMPLAINT), utterance(3, "b")]


def test_a_conversation_begins_where_the_number_is_0_again(tmp_path):
    conversations, refusals = read(tmp_path, *TALK, utterance(0, "r"), utterance(1, "c"))
    assert [each.units for each in conversations] == [4, 2]
    assert spoken(conversations[1]) == [("user", "r"), ("assistant", "c")]
    assert not refusals


@pytest.mark.parametrize("spelling", [dict, spelt_right], ids=["as released", "as it would be spelt"])
def test_labels_are_scores_of_the_users_message(tmp_path, spelling):
    conversations, _ = read(tmp_path, *map(spelling, TALK))
    scores = {(score.name, score.message_index): score.value for score in conversations[0].scores}
    assert scores == {
        ("satisfaction", 0): 0.0,
        ("dissatisfaction", 0): 0.0,
        ("state: newtopic", 0): 1.0,
        ("satisfaction", 2): 0.0,
        ("dissatisfaction", 2): 1.0,
        ("state: revision", 2): 1.0,
    }


@pytest.mark.parametrize("spelling", [dict, spelt_right], ids=["as released", "as it would be spelt"])
def test_a_justification_is_kept_with_the_answer_that_is_judged(tmp_path, spelling):
    conversations, _ = read(tmp_path, *map(spelling, TALK))
    (group,) = conversations[0].reply_groups
    assert [(reply.message_index, reply.critique) for reply in group.replies] == [(1, "It was wrong.")]


def test_an_utterance_that_is_refused_ends_its_conversation_alone(tmp_path):
    bad = utterance(1, "a", Role="Robot")
    conversations, refusals = read(tmp_path, TALK[0], bad, TALK[2], TALK[3], *TALK)
    assert [each.units for each in conversations] == [1, 4]
    assert [(each.position.record, each.reason) for each in refusals] == [
        (2, RefusalReason.UNKNOWN_ROLE),
        (3, RefusalReason.BELOW_REFUSED),
        (4, RefusalReason.BELOW_REFUSED),
    ]


def test_what_follows_a_gap_is_refused(tmp_path):
    conversations, refusals = read(tmp_path, TALK[0], TALK[2], TALK[3])
    assert [each.units for each in conversations] == [1]
    assert [each.reason for each in refusals] == [RefusalReason.BELOW_MISSING, RefusalReason.BELOW_REFUSED]


def test_a_conversation_that_an_agent_begins_is_refused_with_all_its_utterances(tmp_path):
    conversations, refusals = read(tmp_path, utterance(0, "a", Role="Agent"), utterance(1, "q", Role="User"))
    assert (conversations, [(each.reason, each.units) for each in refusals]) == (
        [],
        [(RefusalReason.ROLES_OUT_OF_ORDER, 2)],
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"UtteranceId": "0"}, RefusalReason.WRONG_TYPE),
        ({"UtteranceId": -1}, RefusalReason.WRONG_TYPE),
        ({"Content": " "}, RefusalReason.EMPTY_MESSAGE),
        ({"Content": None}, RefusalReason.MISSING_FIELD),
        ({"Role": None}, RefusalReason.MISSING_FIELD),
        ({"Satisfaction": "perhaps"}, RefusalReason.WRONG_TYPE),
    ],
)
def test_a_bad_utterance_is_refused_with_its_reason(tmp_path, change, reason):
    _, refusals = read(tmp_path, utterance(0, "q") | change)
    assert [each.reason for each in refusals] == [reason]


def test_sides_that_do_not_say_who_speaks_are_answers(tmp_path):
    conversations, _ = read(tmp_path, SAMPLES["wildfeedback"]["pairs"])
    (group,) = conversations[0].reply_groups
    assert {reply.rank: reply.text for reply in group.replies} == {0: "a", 1: "b"}


@pytest.mark.parametrize("prompt", [SPOKEN, TURNS])
def test_a_wish_is_kept_behind_the_last_answer(tmp_path, prompt):
    conversations, _ = read(tmp_path, {"prompt": prompt, "user_preference": ["Be brief.", "Be kind."]})
    (group,) = conversations[0].reply_groups
    assert [(reply.message_index, reply.wishes) for reply in group.replies] == [
        (1, ("Be brief.", "Be kind."))
    ]


def test_a_wish_with_two_answers_is_kept_behind_the_preferred_one(tmp_path):
    record = {"prompt": "q", "preferences": "Be brief.", "preferred": "a", "dispreferred": "b"}
    conversations, _ = read(tmp_path, record)
    (group,) = conversations[0].reply_groups
    assert {reply.text: reply.wishes for reply in group.replies} == {"a": ("Be brief.",), "b": ()}


def test_a_wish_about_no_answer_is_refused(tmp_path):
    _, refusals = read(tmp_path, {"prompt": "q", "preferences": "Be brief."})
    assert [each.reason for each in refusals] == [RefusalReason.MISSING_FIELD]


@given(st.lists(st.integers(0, 4), max_size=30))
def test_whatever_the_numbers_every_utterance_is_accounted_for(numbers):
    utterances = Utterances()
    read: list[ConversationRecord | Refusal] = []
    for at, number in enumerate(numbers):
        message = text_message("assistant" if number % 2 else "user", "x")
        read += utterances.add(
            Utterance(number=number, message=message, position=Position(file="f", record=at))
        )
    read += utterances.close()
    assert sum(each.units for each in read) == len(numbers)
