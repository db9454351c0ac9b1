"""Calls that a tracing tool recorded, put back into the conversations that they were part of."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import takewhile

from curation.domain.corpus.records import (
    ConversationRecord,
    JsonValue,
    MessageRecord,
    Position,
    Refusal,
    RefusalReason,
    SourceScore,
)
from curation.domain.importers.chat_parts import Files
from curation.domain.importers.growing_prefixes import join, shared_length, with_turns
from curation.domain.importers.importing import RecordError, or_refused
from curation.domain.importers.logged_messages import at_time, logged_messages, system_messages
from curation.domain.work.turns import accepted_turns

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedCall:
    """One call: what went in, what came out, and what was said of the answer as (name, value)."""

    id: str
    given: JsonValue
    answered: JsonValue
    position: Position
    system: JsonValue = None
    at: datetime | None = None
    model: str = ""
    marks: tuple[tuple[str, float], ...] = ()
    units: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """What is known of the calls that belong together; `is_lasting` says that more of them may come later."""

    id: str
    user: str = ""
    tags: tuple[str, ...] = ()
    is_lasting: bool = True


def conversations_of_thread(
    thread: Thread, calls: Iterable[TracedCall]
) -> Iterator[ConversationRecord | Refusal]:
    """Yield the conversations of a thread in the order of time; units add up to those of the calls.

    A call that repeats what went before makes its conversation longer; one that holds its own turn alone, under the
    same system message, goes on where the newest ended. Any other call is a conversation of its own.
    """
    found: list[_Growing] = []
    for call in sorted(calls, key=lambda call: call.at or _LONG_AGO):
        record = or_refused(partial(_record_of, call), position=call.position, units=call.units)
        if isinstance(record, Refusal):
            yield record
        else:
            _add(found, record)
    for number, record in enumerate(each.record for each in found):
        yield replace(
            record,
            source_id=thread.id if number == 0 else f"{thread.id}#{number}",
            source_user=thread.user,
            tags=thread.tags,
            may_continue=thread.is_lasting,
        )


def _record_of(call: TracedCall) -> ConversationRecord:
    files: Files = []
    system = system_messages(call.system, files=files)
    given = logged_messages(call.given, role="user", files=files) or ()
    answered = logged_messages(call.answered, role="assistant", files=files) or ()
    if not given:
        lacking = (
            "an answer, and nothing tells what was asked"
            if answered
            else "no input that could be read as a chat"
        )
        raise RecordError(RefusalReason.NO_MESSAGES, f"Call {call.id[:60]} has {lacking}.")
    answer = tuple(message for message in answered if message.role in ("assistant", "tool"))[:1]
    asked = (*(() if _begins_alike(given, system) else system), *given)
    messages = accepted_turns((*asked, *at_time(answer, call.at)))
    return ConversationRecord(
        messages=messages,
        source_id=call.id,
        model=call.model,
        started_at=call.at,
        scores=_scores_of(call, messages, is_answered=bool(answer)),
        attached_files=tuple(files),
        units=call.units,
        position=call.position,
    )


def _begins_alike(given: Sequence[MessageRecord], system: Sequence[MessageRecord]) -> bool:
    return bool(given) and given[0].role == "system" and bool(system)


def _scores_of(
    call: TracedCall, messages: Sequence[MessageRecord], *, is_answered: bool
) -> tuple[SourceScore, ...]:
    place = len(messages) - 1 if is_answered else None
    return tuple(SourceScore(name=name, value=value, message_index=place) for name, value in call.marks)


class _Growing:
    """A conversation that calls are added to: a call with its own turn alone costs no more than that turn."""

    def __init__(self, record: ConversationRecord) -> None:
        self._whole = record
        self._messages = list(record.messages)
        self._turns: list[ConversationRecord] = []

    @property
    def record(self) -> ConversationRecord:
        """The conversation as it stands."""
        if self._turns:
            self._whole = with_turns(self._whole, self._turns, messages=tuple(self._messages))
            self._turns = []
        return self._whole

    def joins(self, record: ConversationRecord) -> bool:
        """Let the conversation become what a call repeats of it and goes on to, and say whether it did."""
        shared = shared_length(self._messages, record.messages)
        if shared < min(len(self._messages) - 1, len(record.messages)):
            return False
        grown = join(self.record, record, is_same_thread=True)
        if grown is not None:
            self._whole, self._messages = grown, list(grown.messages)
        return grown is not None

    def takes(self, record: ConversationRecord) -> bool:
        """Append a call that holds its own turn alone, under the same system message, and say whether it does."""
        systems = _systems(record.messages)
        if not _holds_own_turn_alone(record) or systems not in ((), _systems(self._messages)):
            return False
        turns = record.messages[len(systems) :]
        moved = len(self._messages) - len(systems)
        scores = [
            replace(score, message_index=None if score.message_index is None else score.message_index + moved)
            for score in record.scores
        ]
        self._messages += turns
        self._turns.append(replace(record, messages=turns, scores=tuple(scores)))
        return True


def _add(found: list[_Growing], record: ConversationRecord) -> None:
    if not any(each.joins(record) for each in reversed(found)) and not (found and found[-1].takes(record)):
        found.append(_Growing(record))


def _holds_own_turn_alone(record: ConversationRecord) -> bool:
    """Say whether a call was given nothing but the newest message of the user, behind what the system says."""
    return [message.role for message in record.messages[len(_systems(record.messages)) :]] in (
        ["user"],
        ["user", "assistant"],
    )


def _systems(messages: Sequence[MessageRecord]) -> tuple[str, ...]:
    """Return what the system says before the first turn."""
    return tuple(message.text for message in takewhile(lambda message: message.role == "system", messages))
