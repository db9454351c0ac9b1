"""Rows that repeat a growing conversation become one, and every row is accounted for."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from curation.domain.corpus.records import ConversationRecord, Position, SourceScore
from curation.domain.importers import growing_prefixes
from curation.domain.importers.growing_prefixes import joined_calls
from curation.domain.work.turns import text_message


def row(words: str, *, thread: str = "", user: str = "", **fields: object) -> ConversationRecord:
    """Return a row whose messages are the letters of a word: the user's and the assistant's by turns."""
    roles = ("user", "assistant")
    messages = tuple(text_message(roles[at % 2], letter) for at, letter in enumerate(words))
    return ConversationRecord(
        messages=messages,
        source_id=thread,
        source_user=user,
        may_continue=bool(thread),
        position=Position(file="log"),
        **fields,  # type: ignore[arg-type]
    )


def joined(*rows: ConversationRecord) -> list[ConversationRecord]:
    return [each for each in joined_calls(rows) if isinstance(each, ConversationRecord)]


def words(conversations: Sequence[ConversationRecord]) -> list[str]:
    return ["".join(message.text for message in each.messages) for each in conversations]


def test_a_row_that_begins_with_the_row_before_goes_on_from_it() -> None:
    (found,) = joined(row("ab"), row("abcd"), row("abcdef"))
    assert words([found]) == ["abcdef"]
    assert found.units == 3


def test_threads_that_lie_between_each_other_are_told_apart() -> None:
    found = joined(
        row("ab", thread="1"), row("ab", thread="2"), row("abcd", thread="1"), row("abef", thread="2")
    )
    assert words(found) == ["abcd", "abef"]


def test_rows_of_two_users_are_never_joined() -> None:
    assert words(joined(row("ab", user="u"), row("abcd", user="v"))) == ["ab", "abcd"]


def test_a_shorter_row_that_comes_late_is_counted_with_the_longer() -> None:
    (found,) = joined(row("abcd", thread="1"), row("ab", thread="1"))
    assert (words([found]), found.units) == (["abcd"], 2)


def test_equal_rows_stay_duplicates_of_each_other() -> None:
    found = joined(row("ab"), row("ab"))
    assert [each.units for each in found] == [1, 1]


def test_equal_rows_are_counted_where_the_conversation_grows() -> None:
    (found,) = joined(row("ab"), row("ab"), row("abcd"))
    assert found.units == 3


def test_another_last_answer_in_one_thread_is_an_answer_written_anew() -> None:
    (found,) = joined(row("ab", thread="1"), row("ax", thread="1"), row("axcd", thread="1"))
    (group,) = found.reply_groups
    assert words([found]) == ["axcd"]
    assert [reply.text for reply in group.replies] == ["x", "b"]
    assert (group.prompt_length, group.kept_reply, group.replies[1].ratings) == (1, 0, {"regenerated": 1.0})


def test_answers_written_anew_twice_stand_in_one_group() -> None:
    (found,) = joined(row("ab", thread="1"), row("ax", thread="1"), row("ay", thread="1"))
    (group,) = found.reply_groups
    assert [reply.text for reply in group.replies] == ["y", "x", "b"]


def test_the_thumb_on_a_replaced_answer_stays_with_that_answer() -> None:
    thumb = (SourceScore(name="thumb", value=-1.0, message_index=1),)
    (found,) = joined(row("ab", thread="1", scores=thumb), row("ax", thread="1"))
    assert found.scores == ()
    assert found.reply_groups[0].replies[1].ratings["thumb"] == -1.0


def test_another_last_answer_without_a_thread_is_another_conversation() -> None:
    assert words(joined(row("ab"), row("ax"))) == ["ab", "ax"]


def test_no_more_than_the_window_is_held() -> None:
    rows = [row("ab", thread=str(number)) for number in range(growing_prefixes.MAX_OPEN_CONVERSATIONS + 1)]
    stream = joined_calls(iter([*rows, row("abcd", thread="0")]))
    assert next(stream) == rows[0]


WORDS = st.text(alphabet="ab", min_size=1, max_size=5)
ROWS = st.lists(
    st.tuples(WORDS, st.sampled_from(["", "1", "2"]), st.sampled_from(["", "u", "v"])), max_size=12
)


@given(ROWS)
def test_every_row_is_accounted_for(given_rows: list[tuple[str, str, str]]) -> None:
    rows = [row(word, thread=thread, user=user) for word, thread, user in given_rows]
    assert sum(each.units for each in joined(*rows)) == len(rows)


@given(ROWS)
def test_every_message_of_every_row_survives(given_rows: list[tuple[str, str, str]]) -> None:
    rows = [row(word, thread="1", user="u") for word, _, _ in given_rows]
    found = joined(*rows)
    for word, _, _ in given_rows:
        assert any(_holds(each, word) for each in found)


def _holds(conversation: ConversationRecord, word: str) -> bool:
    """Say whether a conversation holds a row, its last answer perhaps as one that was replaced."""
    letters = words([conversation])[0]
    replaced = {reply.text for group in conversation.reply_groups for reply in group.replies}
    return letters.startswith(word) or (letters.startswith(word[:-1]) and word[-1] in replaced)
