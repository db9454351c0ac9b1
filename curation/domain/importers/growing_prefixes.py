"""Logs with one row per call, each with the whole conversation so far, turned back into conversations.

A row whose messages begin with all those of an earlier one is the same conversation, later; a row that ends with
another answer where the earlier one ended is the same conversation with that answer written anew.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from curation.domain.corpus.records import (
    ConversationRecord,
    MessageRecord,
    Reply,
    ReplyGroup,
    SourceScore,
)
from curation.domain.importers.feedback_marks import REGENERATED
from curation.domain.importers.importing import Imported

# What is held in memory at once: rows of one conversation that lie further apart are conversations of their own.
MAX_OPEN_CHARACTERS = 12 << 20
MAX_OPEN_CONVERSATIONS = 4_000
# How many conversations of one key are looked at; a user may have begun any number.
MAX_OPEN_PER_KEY = 8


def joined_calls(rows: Iterable[Imported]) -> Iterator[Imported]:
    """Yield the conversations that rows grew into, the one longest untouched first; units add up to the rows'.

    Rows that may continue under one source id, or that are of one user, are compared wherever they stand within
    the window; a row of which neither is known, with the row before it alone. A row that says what another says
    is yielded beside it, as the duplicate that it is.
    """
    window = _Window()
    for row in rows:
        if isinstance(row, ConversationRecord):
            yield from window.add(row)
        else:
            yield row
    yield from window.close_all()


def join(
    earlier: ConversationRecord, later: ConversationRecord, *, is_same_thread: bool
) -> ConversationRecord | None:
    """Return both rows as one conversation, or None where neither goes on from the other.

    Another last answer in the same place counts only where both rows are known to be of one thread.
    """
    shared = shared_length(earlier.messages, later.messages)
    if shared == len(earlier.messages):
        return _grown(earlier, later, messages=earlier.messages + later.messages[shared:])
    if shared == len(later.messages):
        return _grown(earlier, later, messages=earlier.messages)
    if is_same_thread and _is_other_answer(earlier, later, at=shared):
        return _rewritten(earlier, later, at=shared)
    return None


def shared_length(first: Sequence[MessageRecord], second: Sequence[MessageRecord]) -> int:
    """Return how many messages two conversations have in common from their beginning; times do not count."""
    pairs = enumerate(zip(first, second, strict=False))
    shortest = min(len(first), len(second))
    return next((at for at, (one, other) in pairs if not _says_the_same(one, other)), shortest)


def _says_the_same(one: MessageRecord, other: MessageRecord) -> bool:
    return one.role == other.role and one.parts == other.parts


def _is_other_answer(earlier: ConversationRecord, later: ConversationRecord, *, at: int) -> bool:
    ends_there = at == len(earlier.messages) - 1
    return ends_there and all(record.messages[at].role == "assistant" for record in (earlier, later))


def _rewritten(
    earlier: ConversationRecord, later: ConversationRecord, *, at: int
) -> ConversationRecord | None:
    """Return the later row with the earlier one's last answer beside its own, as replaced by it."""
    if at == 0 or earlier.messages[at - 1].role != "user":
        return None
    replaced = Reply(
        parts=earlier.messages[at].parts,
        model=earlier.model,
        ratings={REGENERATED: 1.0, **_ratings_at(earlier.scores, at=at)},
        source_id=earlier.messages[at].source_id,
    )
    before = [group for group in earlier.reply_groups if group.prompt_length == at]
    replies = [
        replaced,
        *(reply for group in before for reply in group.replies if reply.message_index is None),
    ]
    kept = Reply(parts=later.messages[at].parts, model=later.model, message_index=at)
    group = ReplyGroup(prompt_length=at, replies=(kept, *replies), judged_by="unknown", kept_reply=0)
    standing = replace(
        earlier,
        scores=tuple(score for score in earlier.scores if score.message_index != at),
        reply_groups=tuple(each for each in earlier.reply_groups if each.prompt_length != at),
    )
    grown = _grown(standing, later, messages=earlier.messages[:at] + later.messages[at:])
    return replace(grown, reply_groups=(*grown.reply_groups, group))


def _ratings_at(scores: Iterable[SourceScore], *, at: int) -> dict[str, float]:
    return {score.name: score.value for score in scores if score.message_index == at}


def with_turns(
    record: ConversationRecord,
    later: Sequence[ConversationRecord],
    *,
    messages: tuple[MessageRecord, ...],
) -> ConversationRecord:
    """Return a conversation with all that later rows bring, whose own messages stand in `messages` already."""
    rows = [record, *later]
    files = {file.sha256: file for row in rows for file in row.attached_files}
    return replace(
        rows[-1],
        messages=messages,
        source_user=next((row.source_user for row in reversed(rows) if row.source_user), ""),
        language=next((row.language for row in reversed(rows) if row.language), ""),
        model=next((row.model for row in rows if row.model), ""),
        started_at=next((row.started_at for row in rows if row.started_at), None),
        reply_groups=tuple(group for row in rows for group in row.reply_groups),
        scores=_merged(score for row in rows for score in row.scores),
        tags=tuple(dict.fromkeys(tag for row in rows for tag in row.tags)),
        attached_files=tuple(files.values()),
        units=sum(row.units for row in rows),
        cleaned=sum(row.cleaned for row in rows),
        may_continue=any(row.may_continue for row in rows),
    )


def _grown(
    earlier: ConversationRecord, later: ConversationRecord, *, messages: tuple[MessageRecord, ...]
) -> ConversationRecord:
    known = {group.prompt_length for group in earlier.reply_groups}
    new_groups = tuple(group for group in later.reply_groups if group.prompt_length not in known)
    return with_turns(earlier, [replace(later, reply_groups=new_groups)], messages=messages)


def _merged(scores: Iterable[SourceScore]) -> tuple[SourceScore, ...]:
    """Return the scores; of two of one name on one message the later counts."""
    return tuple({(score.name, score.message_index): score for score in scores}.values())


@dataclass(slots=True, kw_only=True)
class _Open:
    """A conversation that may still grow, the rows that say the same as its newest one, and what all of it weighs."""

    key: str
    is_thread: bool
    conversation: ConversationRecord
    weight: int
    twins: list[ConversationRecord] = field(default_factory=list)

    def take(self, later: ConversationRecord, *, weight: int) -> bool:
        """Let the conversation grow by a row and say whether it did."""
        here = self.conversation
        if not _says_the_same(here.messages[0], later.messages[0]):
            # Two conversations seldom begin alike, so nearly every comparison ends here.
            return False
        if len(here.messages) == len(later.messages) == shared_length(here.messages, later.messages):
            self.twins.append(later)
            self.weight += weight
            return True
        grown = join(here, later, is_same_thread=self.is_thread)
        if grown is None:
            return False
        self.conversation = replace(grown, units=grown.units + sum(twin.units for twin in self.twins))
        self.weight = max(self.weight, weight)
        self.twins.clear()
        return True

    def rows(self) -> Iterator[ConversationRecord]:
        yield self.conversation
        yield from self.twins


class _Window:
    """Open conversations by key, the one longest untouched first."""

    def __init__(self) -> None:
        self._open: dict[int, _Open] = {}
        self._by_key: dict[str, list[int]] = {}
        self._count = 0
        self._characters = 0

    def add(self, row: ConversationRecord) -> Iterator[ConversationRecord]:
        key, is_thread = _key_of(row)
        weight = row.weight
        for number in reversed(self._by_key.get(key, ())):
            opened = self._open[number]
            before = opened.weight
            if opened.take(row, weight=weight):
                self._characters += opened.weight - before
                self._open[number] = self._open.pop(number)
                return self._beyond_bounds()
        return self._begin(_Open(key=key, is_thread=is_thread, conversation=row, weight=weight))

    def close_all(self) -> Iterator[ConversationRecord]:
        for number in list(self._open):
            yield from self._close(number)

    def _begin(self, opened: _Open) -> Iterator[ConversationRecord]:
        numbers = self._by_key.get(opened.key, [])
        if len(numbers) >= (MAX_OPEN_PER_KEY if opened.key else 1):
            yield from self._close(numbers[0])
        self._count += 1
        self._open[self._count] = opened
        self._by_key.setdefault(opened.key, []).append(self._count)
        self._characters += opened.weight
        yield from self._beyond_bounds()

    def _beyond_bounds(self) -> Iterator[ConversationRecord]:
        """Yield, and close, what is more than the window may hold."""
        while len(self._open) > MAX_OPEN_CONVERSATIONS or (
            self._characters > MAX_OPEN_CHARACTERS and len(self._open) > 1
        ):
            yield from self._close(next(iter(self._open)))

    def _close(self, number: int) -> Iterator[ConversationRecord]:
        opened = self._open.pop(number)
        self._characters -= opened.weight
        numbers = self._by_key[opened.key]
        numbers.remove(number)
        if not numbers:
            del self._by_key[opened.key]
        return opened.rows()


def _key_of(row: ConversationRecord) -> tuple[str, bool]:
    """Return what a row is compared by, and whether that names its thread."""
    if row.may_continue and row.source_id:
        return f"thread {row.source_id}\n{row.source_user}", True
    return (f"user {row.source_user}" if row.source_user else "", False)
