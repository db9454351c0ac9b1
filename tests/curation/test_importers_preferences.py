"""Preferences of others: HH dialogues and TRL rows become a conversation and a group of two replies."""

import pytest

from curation.domain.corpus.records import RefusalReason
from tests.curation.import_files import imported, spoken, write_lines

DIALOGUE = "\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: Why is the sky blue?\n\nAssistant: "
PROMPT = [{"role": "user", "content": "Why?"}]


def answer(text):
    return [{"role": "assistant", "content": text}]


def read(folder, record, *, format_name="trl_preference"):
    conversations, refusals = imported(write_lines(folder, [record]), format_name=format_name)
    assert not refusals, refusals
    return conversations[0]


def refused(folder, record, *, format_name="trl_preference"):
    _, refusals = imported(write_lines(folder, [record]), format_name=format_name)
    return refusals[0].reason


def judged(conversation):
    """Return rank → text of the only group, and who judged."""
    (group,) = conversation.reply_groups
    return {reply.rank: reply.text for reply in group.replies}, group.judged_by


def test_an_hh_dialogue_is_the_chosen_conversation_with_both_answers(tmp_path):
    hh = {"chosen": DIALOGUE + "It scatters.", "rejected": DIALOGUE + "Paint."}
    conversation = read(tmp_path, hh, format_name="hh")
    assert [role for role, _ in spoken(conversation)] == ["user", "assistant", "user", "assistant"]
    assert judged(conversation) == ({0: "It scatters.", 1: "Paint."}, "unknown")


def test_the_chosen_reply_is_the_logged_message(tmp_path):
    hh = {"chosen": DIALOGUE + "It scatters.", "rejected": DIALOGUE + "Paint."}
    (group,) = read(tmp_path, hh, format_name="hh").reply_groups
    assert group.prompt_length == 3
    assert [reply.message_index for reply in group.replies] == [3, None]


def test_a_speakers_mark_inside_a_line_divides_nothing(tmp_path):
    hh = {
        "chosen": "\n\nHuman: Say Human: twice\n\nAssistant: No.",
        "rejected": "\n\nHuman: Say Human: twice\n\nAssistant: Ok.",
    }
    assert spoken(read(tmp_path, hh, format_name="hh"))[0] == ("user", "Say Human: twice")


@pytest.mark.parametrize(
    ("chosen", "rejected", "reason"),
    [
        (DIALOGUE + "Same.", DIALOGUE + "Same.", RefusalReason.EQUAL_SIDES),
        (DIALOGUE, DIALOGUE + "Paint.", RefusalReason.EMPTY_MESSAGE),
        (DIALOGUE + "Yes.", "\n\nHuman: Other\n\nAssistant: No.", RefusalReason.SIDES_DISAGREE),
        (DIALOGUE + "Yes.\n\nHuman: Thanks", DIALOGUE + "No.", RefusalReason.ROLES_OUT_OF_ORDER),
        ("No speakers here.", DIALOGUE + "No.", RefusalReason.WRONG_TYPE),
        (5, DIALOGUE + "No.", RefusalReason.WRONG_TYPE),
    ],
)
def test_a_bad_hh_record_is_refused_with_its_reason(tmp_path, chosen, rejected, reason):
    assert refused(tmp_path, {"chosen": chosen, "rejected": rejected}, format_name="hh") is reason


TRL_FORMS = {
    "strings": {"prompt": "Why?", "chosen": "Because.", "rejected": "Dunno."},
    "messages": {"prompt": PROMPT, "chosen": answer("Because."), "rejected": answer("Dunno.")},
    "implicit messages": {"chosen": PROMPT + answer("Because."), "rejected": PROMPT + answer("Dunno.")},
    "prompt repeated as text": {
        "prompt": "Why?",
        "chosen": PROMPT + answer("Because."),
        "rejected": PROMPT + answer("Dunno."),
    },
    "prompt repeated as messages": {
        "prompt": PROMPT,
        "chosen": PROMPT + answer("Because."),
        "rejected": PROMPT + answer("Dunno."),
    },
}


@pytest.mark.parametrize("record", TRL_FORMS.values(), ids=TRL_FORMS.keys())
def test_every_trl_form_gives_the_same_preference(tmp_path, record):
    conversation = read(tmp_path, record)
    assert spoken(conversation) == [("user", "Why?"), ("assistant", "Because.")]
    assert judged(conversation) == ({0: "Because.", 1: "Dunno."}, "unknown")


def test_an_implicit_prompt_in_strings_is_their_common_beginning(tmp_path):
    conversation = read(tmp_path, {"chosen": "The sky is blue.", "rejected": "The sky is green."})
    assert spoken(conversation) == [("user", "The sky is"), ("assistant", " blue.")]


def test_what_is_told_about_the_sides_is_kept(tmp_path):
    told = {
        "score_chosen": 8.5,
        "score_rejected": 3,
        "chosen_model": "m1",
        "decided_by": "people",
        "id": "r7",
    }
    conversation = read(tmp_path, TRL_FORMS["strings"] | told)
    (group,) = conversation.reply_groups
    assert [reply.ratings for reply in group.replies] == [{"score": 8.5}, {"score": 3.0}]
    assert (conversation.source_id, conversation.model, group.judged_by) == ("r7", "m1", "person")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rejected": None}, RefusalReason.MISSING_FIELD),
        ({"rejected": "Because."}, RefusalReason.EQUAL_SIDES),
        ({"rejected": " "}, RefusalReason.EMPTY_MESSAGE),
        ({"prompt": " "}, RefusalReason.EMPTY_MESSAGE),
        ({"prompt": 5}, RefusalReason.WRONG_TYPE),
        ({"chosen": {"text": "x"}}, RefusalReason.WRONG_TYPE),
        ({"chosen": []}, RefusalReason.ROLES_OUT_OF_ORDER),
        ({"prompt": answer("Hi")}, RefusalReason.ROLES_OUT_OF_ORDER),
        ({"score_chosen": "high"}, RefusalReason.WRONG_TYPE),
        ({"prompt": None, "chosen": "Yes.", "rejected": "No."}, RefusalReason.SIDES_DISAGREE),
    ],
)
def test_a_bad_trl_record_is_refused_with_its_reason(tmp_path, change, reason):
    assert refused(tmp_path, TRL_FORMS["strings"] | change) is reason


def test_sides_that_part_before_the_last_answer_are_refused(tmp_path):
    chosen, rejected = answer("A") + PROMPT + answer("B"), answer("C") + PROMPT + answer("D")
    assert (
        refused(tmp_path, {"prompt": PROMPT, "chosen": chosen, "rejected": rejected})
        is RefusalReason.SIDES_DISAGREE
    )
