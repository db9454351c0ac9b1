"""Battles and joint pairs: two answers to one prompt, or two conversations joined by a verdict."""

import pytest

from curation.domain.corpus.records import ConversationRecord, JointRecord, RefusalReason
from curation.domain.importers.reading import open_source
from curation.importers import detect_format, read_conversations
from tests.curation.format_samples import ASKED, BATTLE, DOVE, SAMPLES, SPOKEN, answer
from tests.curation.import_files import imported, spoken, write, write_lines
from tests.paths import shared_file

AGAIN = [{"role": "user", "content": "more"}]
LONG = {
    "conversation_a": [*ASKED, *answer("first"), *AGAIN, *answer("third")],
    "conversation_b": [*ASKED, *answer("second"), *AGAIN, *answer("fourth")],
    "turn": 2,
}


def read(folder, record, *, format_name):
    (each,) = read_conversations(open_source(write_lines(folder, [record])), name=format_name)
    return each


def refused(folder, record, *, format_name):
    _, refusals = imported(write_lines(folder, [record]), format_name=format_name)
    return [each.reason for each in refusals]


def test_a_battle_of_one_turn_is_two_replies_to_one_prompt(tmp_path):
    battle = read(tmp_path, BATTLE, format_name="arena")
    (group,) = battle.reply_groups
    assert spoken(battle) == [("user", "q"), ("assistant", "second")]
    assert [(reply.text, reply.model, reply.rank) for reply in group.replies] == [
        ("first", "m1", 1),
        ("second", "m2", 0),
    ]
    assert (battle.source_user, battle.language, group.judged_by) == ("arena_user_7", "en", "person")


@pytest.mark.parametrize(
    ("winner", "is_both_bad"), [("tie", False), ("tie (bothbad)", True), ("both_bad", True)]
)
def test_a_tie_keeps_whether_both_were_bad(tmp_path, winner, is_both_bad):
    (group,) = read(tmp_path, BATTLE | {"winner": winner}, format_name="arena").reply_groups
    assert [reply.rank for reply in group.replies] == [0, 0]
    assert group.is_both_bad is is_both_bad


def test_conversations_that_part_before_the_last_answer_are_joined_by_a_verdict(tmp_path):
    battle = read(tmp_path, BATTLE | LONG, format_name="arena")
    assert isinstance(battle, JointRecord)
    assert (battle.chosen.messages[-1].text, battle.rejected.messages[-1].text) == ("fourth", "third")
    assert (battle.chosen.model, battle.rejected.model) == ("m2", "m1")
    assert (battle.is_tie, battle.judged_by) == (False, "person")


def test_conversations_that_part_at_the_last_answer_share_a_prompt(tmp_path):
    same = [*ASKED, *answer("first"), *AGAIN]
    sides = {"conversation_a": [*same, *answer("x")], "conversation_b": [*same, *answer("y")], "turn": 2}
    battle = read(tmp_path, BATTLE | sides, format_name="arena")
    assert isinstance(battle, ConversationRecord)
    assert battle.reply_groups[0].prompt_length == 3


def test_a_verdict_on_the_first_turn_is_one_on_the_first_answers(tmp_path):
    battle = read(tmp_path, BATTLE | LONG | {"turn": 1}, format_name="arena")
    assert isinstance(battle, ConversationRecord)
    assert {reply.text for reply in battle.reply_groups[0].replies} == {"first", "second"}


def test_a_model_that_judges_is_no_person(tmp_path):
    battle = read(tmp_path, BATTLE | {"judge": ["gpt-4", "pair"]}, format_name="arena")
    assert (battle.reply_groups[0].judged_by, battle.source_user) == ("model", "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"winner": "model_c"}, RefusalReason.WRONG_TYPE),
        ({"winner": None}, RefusalReason.MISSING_FIELD),
        ({"conversation_b": BATTLE["conversation_a"]}, RefusalReason.EQUAL_SIDES),
        ({"conversation_a": []}, RefusalReason.NO_MESSAGES),
        ({"conversation_a": ASKED}, RefusalReason.ROLES_OUT_OF_ORDER),
        ({"conversation_a": "x"}, RefusalReason.WRONG_TYPE),
    ],
)
def test_a_bad_battle_is_refused_with_its_reason(tmp_path, change, reason):
    assert refused(tmp_path, BATTLE | change, format_name="arena") == [reason]


def test_lists_in_the_cells_of_a_table_are_turns(tmp_path):
    head = "id,model_a,model_b,prompt,response_a,response_b,winner_model_a,winner_model_b,winner_tie\n"
    row = """1,m1,m2,"['q', 'more']","[""a"", ""b""]","['c', 'd']",0,0,1\n"""
    path = write(tmp_path, head + row, name="battles.csv")
    assert detect_format(path).name == "arena"
    (battle,) = read_conversations(open_source(path), name="arena")
    assert spoken(battle.chosen) == [("user", "q"), ("assistant", "a"), ("user", "more"), ("assistant", "b")]
    assert battle.is_tie


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"winner_tie": 1}, RefusalReason.WRONG_TYPE),
        ({"winner_tie": "perhaps"}, RefusalReason.WRONG_TYPE),
        ({"response_a": '["x", "y"]'}, RefusalReason.SIDES_DISAGREE),
        ({"response_a": "[null]"}, RefusalReason.EMPTY_MESSAGE),
        ({"prompt": "q"}, RefusalReason.WRONG_TYPE),
        ({"prompt": "[__import__('os')]"}, RefusalReason.WRONG_TYPE),
    ],
)
def test_a_bad_row_of_lists_is_refused_with_its_reason(tmp_path, change, reason):
    assert refused(tmp_path, SAMPLES["arena"]["lists"] | change, format_name="arena") == [reason]


def test_joint_pairs_of_two_prompts_are_two_conversations(tmp_path):
    pair = read(tmp_path, DOVE, format_name="joint_pairs")
    assert spoken(pair.chosen) == [("user", "q"), ("assistant", "a")]
    assert spoken(pair.rejected) == [("user", "r"), ("assistant", "b")]


def test_joint_pairs_of_one_prompt_are_an_ordinary_preference(tmp_path):
    pair = read(tmp_path, DOVE | {"i_reject": "q"}, format_name="joint_pairs")
    (group,) = pair.reply_groups
    assert {reply.rank: reply.text for reply in group.replies} == {0: "a", 1: "b"}


def test_the_names_that_we_write_are_read_too(tmp_path):
    ours = {
        "id": "7",
        "chosen_prompt": "q",
        "chosen": "a",
        "rejected_prompt": "r",
        "rejected": "b",
        "split": "test",
    }
    pair = read(tmp_path, ours, format_name="joint_pairs")
    assert (pair.chosen.source_id, pair.chosen.tags) == ("7", ("split: test",))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"i_chosen": None}, RefusalReason.MISSING_FIELD),
        ({"i_chosen": " "}, RefusalReason.EMPTY_MESSAGE),
        ({"r_chosen": ""}, RefusalReason.EMPTY_MESSAGE),
        ({"r_reject": 5}, RefusalReason.WRONG_TYPE),
        ({"i_reject": "q", "r_reject": "a"}, RefusalReason.EQUAL_SIDES),
    ],
)
def test_a_bad_joint_pair_is_refused_with_its_reason(tmp_path, change, reason):
    assert refused(tmp_path, DOVE | change, format_name="joint_pairs") == [reason]


def test_the_dove_sample_is_read_whole():
    path = shared_file("dove/val_conditional_pref.jsonl")
    conversations, refusals = imported(path, format_name="joint_pairs")
    assert len(conversations) + len(refusals) == 363
    assert {each.reason for each in refusals} <= {RefusalReason.EQUAL_SIDES, RefusalReason.EMPTY_MESSAGE}


def test_a_whole_conversation_may_be_the_chosen_side(tmp_path):
    battle = BATTLE | {"conversation_b": SPOKEN}
    assert spoken(read(tmp_path, battle, format_name="arena")) == [("user", "q"), ("assistant", "a")]
