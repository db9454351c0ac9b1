"""Ids that one file gives to different texts."""

from hypothesis import given
from hypothesis import strategies as st

from curation.domain.corpus.records import ConversationRecord, Position, RefusalReason
from curation.domain.importers.repeated_ids import SeenIds, without_repeated_ids
from curation.domain.work.turns import text_message
from tests.curation.format_samples import LMSYS, WILDCHAT
from tests.curation.import_files import chat, imported, write_lines


def conversation(source_id, *texts, line=1):
    messages = tuple(text_message("user", text) for text in texts)
    return ConversationRecord(messages=messages, source_id=source_id, position=Position(file="f", line=line))


def test_the_second_text_of_an_id_is_refused_with_both_places(tmp_path):
    other = LMSYS | {"conversation": [{"role": "user", "content": "another"}]}
    conversations, refusals = imported(write_lines(tmp_path, [LMSYS, LMSYS, other]), format_name="lmsys_chat")
    assert len(conversations) == 2
    assert [(each.position.line, each.reason) for each in refusals] == [(3, RefusalReason.REPEATED_ID)]
    assert "in line 1 and in line 3" in refusals[0].sentence


def test_the_same_text_under_an_id_again_is_a_duplicate_and_passes(tmp_path):
    conversations, refusals = imported(write_lines(tmp_path, [WILDCHAT, WILDCHAT]), format_name="wildchat")
    assert (len(conversations), refusals) == (2, [])


def test_chats_with_ids_of_their_own_are_watched(tmp_path):
    rows = [chat("q", "a", id="x"), chat("r", "b", id="x"), chat("s", "c", id="y")]
    conversations, refusals = imported(write_lines(tmp_path, rows), format_name="openai_chat")
    assert [each.source_id for each in conversations] == ["x", "y"]
    assert [each.reason for each in refusals] == [RefusalReason.REPEATED_ID]


def test_records_without_ids_pass():
    records = [conversation("", "a"), conversation("", "b")]
    assert list(without_repeated_ids(records)) == records


@given(st.lists(st.tuples(st.text(max_size=2), st.integers(0, 3)), max_size=60))
def test_the_first_place_of_another_text_is_told(pairs):
    seen = SeenIds()
    first: dict[str, tuple[int, int]] = {}
    for place, (key, text) in enumerate(pairs, start=1):
        known = first.setdefault(key, (text, place))
        assert seen.add(key, text=text, place=place) == (None if known[0] == text else known[1])


def test_thousands_of_ids_are_told_apart_after_the_table_grew():
    seen = SeenIds()
    assert all(seen.add(f"id {number}", text=number, place=number + 1) is None for number in range(5000))
    assert [seen.add(f"id {number}", text=-1 % 2**64, place=9) for number in (0, 4999)] == [1, 5000]


def test_beyond_the_limit_ids_are_not_watched():
    seen = SeenIds(max_ids=1)
    seen.add("a", text=1, place=1)
    seen.add("b", text=1, place=2)
    assert (seen.add("a", text=2, place=3), seen.add("b", text=2, place=4)) == (1, None)
