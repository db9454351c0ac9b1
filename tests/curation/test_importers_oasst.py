"""Message trees: every message is accounted for once, whatever is wrong with the tree."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.corpus.records import (
    ConversationRecord,
    MessageRecord,
    Position,
    RefusalReason,
    TextPart,
)
from curation.domain.importers.importing import RecordError
from curation.domain.importers.message_trees import Node, imported_tree
from curation.domain.versions.grouping import ENTRY_WEIGHT, OpenGroups
from tests.curation.import_files import imported, spoken, write_lines
from tests.paths import shared_file


def row(message_id, parent_id=None, *, tree="t", **fields):
    """Return a message row; ids that begin with p are the prompter's."""
    role = "prompter" if message_id.startswith("p") else "assistant"
    about = {
        "message_tree_id": tree,
        "user_id": f"u-{message_id}",
        "lang": "en",
        "deleted": False,
        "rank": None,
    }
    return {
        "message_id": message_id,
        "parent_id": parent_id,
        "role": role,
        "text": f"says {message_id}",
        **about,
        **fields,
    }


FORK = [row("p0"), row("a1", "p0", rank=1), row("a2", "p0", rank=0), row("p3", "a1"), row("a4", "p3")]


def read(folder, rows):
    return imported(write_lines(folder, rows), format_name="oasst")


def ids(conversation):
    return [message.source_id for message in conversation.messages]


def reasons(refusals):
    return {each.sentence.split()[1]: each.reason for each in refusals}


def test_each_way_to_a_leaf_is_a_thread_and_the_best_ranked_comes_first(tmp_path):
    conversations, _ = read(tmp_path, FORK)
    assert [ids(each) for each in conversations] == [["p0", "a2"], ["p0", "a1", "p3", "a4"]]


def test_a_message_is_new_in_one_thread_and_a_repeat_in_the_others(tmp_path):
    conversations, _ = read(tmp_path, FORK)
    assert [each.units for each in conversations] == [2, 3]
    assert [message.is_repeat for message in conversations[1].messages] == [True, False, False, False]


def test_sibling_replies_become_one_ranked_group(tmp_path):
    conversations, _ = read(tmp_path, FORK)
    group = conversations[0].reply_groups[0]
    assert {reply.source_id: reply.rank for reply in group.replies} == {"a1": 1, "a2": 0}
    assert [reply.message_index for reply in group.replies] == [1, None]
    assert (group.prompt_length, group.judged_by) == (1, "person")
    assert all(each.prompt_length > 1 for each in conversations[1].reply_groups)


def test_labels_are_ratings_under_their_own_names(tmp_path):
    labels = {"name": ["quality", "toxicity"], "value": [0.75, 0.0], "count": [3, 3]}
    conversations, _ = read(tmp_path, [row("p0"), row("a1", "p0", labels=labels)])
    assert conversations[0].reply_groups[0].replies[0].ratings == {"quality": 0.75, "toxicity": 0.0}


def test_a_single_reply_that_nobody_judged_makes_no_group(tmp_path):
    assert read(tmp_path, FORK[:1] + FORK[3:4] + [row("a1", "p0")])[0][0].reply_groups == ()


def test_the_conversation_is_its_first_prompters(tmp_path):
    first = read(tmp_path, FORK)[0][0]
    assert (first.source_user, first.language, first.source_id) == ("u-p0", "en", "a2")


def test_deleted_messages_and_what_stands_below_are_refused_by_name(tmp_path):
    rows = [row("p0"), row("a1", "p0", deleted=True), row("p2", "a1"), row("a3", "p2"), row("a4", "p0")]
    conversations, refusals = read(tmp_path, rows)
    assert [ids(each) for each in conversations] == [["p0", "a4"]]
    below = RefusalReason.BELOW_DELETED
    assert reasons(refusals) == {"a1": RefusalReason.DELETED, "p2": below, "a3": below}


def test_an_orphan_and_what_stands_below_are_refused_by_name(tmp_path):
    conversations, refusals = read(tmp_path, [row("p0"), row("a1", "gone"), row("p2", "a1")])
    assert len(conversations) == 1
    assert reasons(refusals) == {"a1": RefusalReason.PARENT_MISSING, "p2": RefusalReason.BELOW_MISSING}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row("a1", "p0", text=" "), RefusalReason.EMPTY_MESSAGE),
        (row("a1", "p0", role="robot"), RefusalReason.UNKNOWN_ROLE),
        (row("a1"), RefusalReason.ROLES_OUT_OF_ORDER),
    ],
)
def test_a_message_that_cannot_be_read_takes_what_stands_below_along(tmp_path, bad, reason):
    _, refusals = read(tmp_path, [row("p0"), bad, row("p2", "a1")])
    assert reasons(refusals) == {"a1": reason, "p2": RefusalReason.BELOW_REFUSED}


def test_a_circle_of_parents_is_refused(tmp_path):
    _, refusals = read(tmp_path, [row("p0"), row("p1", "a1"), row("a1", "p1"), row("p2", "p2")])
    assert set(reasons(refusals)) == {"p1", "a1", "p2"}
    assert set(reasons(refusals).values()) == {RefusalReason.PARENT_CYCLE}


def test_an_id_that_stands_twice_is_taken_once(tmp_path):
    conversations, refusals = read(tmp_path, [*FORK, row("a1", "p0", text="again")])
    assert ("assistant", "says a1") in spoken(conversations[1])
    assert [each.reason for each in refusals] == [RefusalReason.REPEATED_ID]


def test_rows_of_several_trees_may_be_mixed_and_children_come_first(tmp_path):
    other = [row("p0", tree="v"), row("a9", "p0", tree="v")]
    mixed = [FORK[4], other[1], FORK[3], FORK[2], other[0], FORK[1], FORK[0]]
    conversations, refusals = read(tmp_path, mixed)
    assert sum(each.units for each in conversations) == 7
    assert not refusals


def test_a_row_that_is_no_message_is_refused_with_its_line(tmp_path):
    _, refusals = read(
        tmp_path, [row("p0"), {"text": "?"}, row("a1", "p0", rank="best"), row("a2", "p0", text=None)]
    )
    assert [each.position.line for each in refusals] == [2, 3, 4]


def test_a_message_with_an_empty_id_is_refused(tmp_path):
    conversations, refusals = read(tmp_path, [row("p0"), row("", "")])
    assert [ids(each) for each in conversations] == [["p0"]]
    assert [each.reason for each in refusals] == [RefusalReason.MISSING_FIELD]


def test_nested_trees_are_read_like_rows(tmp_path):
    def nested(message_id, *replies):
        return {
            "message_id": message_id,
            "role": row(message_id)["role"],
            "text": f"says {message_id}",
            "replies": list(replies),
        }

    tree = {
        "message_tree_id": "t",
        "prompt": nested("p0", nested("a1", nested("p3", nested("a4"))), nested("a2")),
    }
    conversations, refusals = read(tmp_path, [tree])
    assert [ids(each) for each in conversations] == [["p0", "a1", "p3", "a4"], ["p0", "a2"]]
    assert not refusals


def test_a_tree_deeper_than_the_stack_is_read(tmp_path):
    rows = [row("p0")] + [row(f"{'ap'[n % 2]}{n + 1}", f"{'pa'[n % 2]}{n}") for n in range(3000)]
    conversations, _ = read(tmp_path, rows)
    assert [len(each.messages) for each in conversations] == [3001]


@st.composite
def trees(draw):
    """Any parents at all: missing ones, circles, repeated ids and deleted messages included."""
    names = [f"m{n}" for n in range(8)]
    rows = draw(
        st.lists(st.tuples(st.sampled_from(names), st.sampled_from([*names, "", "gone"]), st.booleans()))
    )
    return [_node(name, parent, is_deleted) for name, parent, is_deleted in rows]


def _node(name, parent, is_deleted):
    message = MessageRecord(role="user", parts=(TextPart(text=name),), source_id=name)
    fault = RecordError(RefusalReason.DELETED, "is deleted.") if is_deleted else None
    return Node(id=name, parent_id=parent, message=message, position=Position(file="f", line=1), fault=fault)


@given(trees())
def test_units_add_up_to_the_messages_of_any_tree(nodes):
    assert sum(each.units for each in imported_tree(nodes)) == len(nodes)


@given(trees())
def test_every_message_is_fresh_in_one_thread_or_refused(nodes):
    fresh: Counter[str] = Counter()
    for each in imported_tree(nodes):
        if isinstance(each, ConversationRecord):
            fresh.update(message.source_id for message in each.messages if not message.is_repeat)
        elif each.reason is not RefusalReason.REPEATED_ID:
            fresh[each.sentence.split()[1]] += 1
    assert fresh == Counter({node.id for node in nodes})


def test_groups_are_closed_in_the_order_they_began_when_too_much_is_open():
    groups: OpenGroups[int] = OpenGroups(max_open=10 + 2 * ENTRY_WEIGHT)
    assert groups.add("x", 1, weight=5) == groups.add("y", 2, weight=5) == []
    assert groups.add("y", 3, weight=2) == [[1]]
    assert groups.close_all() == [[2, 3]]


def test_the_validation_split_is_accounted_for_message_by_message():
    path = shared_file("oasst1/en-validation.jsonl")
    conversations, refusals = imported(path, format_name="oasst")
    assert sum(each.units for each in conversations) + sum(each.units for each in refusals) == 2022
    assert Counter(each.reason for each in refusals) == {
        RefusalReason.DELETED: 40,
        RefusalReason.PARENT_MISSING: 3,
    }
    gone = {each["message_id"] for each in map(json.loads, path.open()) if each["deleted"]}
    assert gone <= set(reasons(refusals))


def test_the_validation_split_gives_each_group_of_replies_once():
    conversations, _ = imported(shared_file("oasst1/en-validation.jsonl"), format_name="oasst")
    groups = [group for each in conversations for group in each.reply_groups]
    replies = [reply.source_id for group in groups for reply in group.replies]
    ranked = [[reply for reply in group.replies if reply.rank is not None] for group in groups]
    assert len(replies) == len(set(replies))
    assert sum(len(each) > 1 for each in ranked) == 416
