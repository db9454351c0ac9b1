"""Calls that a tracing tool recorded, put back into the conversations that they were part of."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from curation.domain.chat_parts import Files
from curation.domain.growing_prefixes import join
from curation.domain.importing import RecordError
from curation.domain.logged_messages import at_time, logged_messages, system_messages
from curation.domain.records import (
    ConversationRecord,
    JsonValue,
    MessageRecord,
    Position,
    Refusal,
    RefusalReason,
    SourceScore,
)
from curation.domain.turns import accepted_turns

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
    found: list[ConversationRecord] = []
    for call in sorted(calls, key=lambda call: call.at or _LONG_AGO):
        try:
            record = _record_of(call)
        except RecordError as error:
            yield Refusal(
                position=call.position, reason=error.reason, sentence=error.sentence, units=call.units
            )
            continue
        _add(found, record)
    for number, record in enumerate(found):
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
        raise RecordError(
            RefusalReason.NO_MESSAGES, f"Call {call.id} has no input that could be read as a chat."
        )
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


def _add(found: list[ConversationRecord], record: ConversationRecord) -> None:
    for at in reversed(range(len(found))):
        if (grown := join(found[at], record, is_same_thread=True)) is not None:
            found[at] = grown
            return
    if found and _holds_own_turn_alone(record) and _systems(record) in ((), _systems(found[-1])):
        found[-1] = _appended(found[-1], record)
    else:
        found.append(record)


def _holds_own_turn_alone(record: ConversationRecord) -> bool:
    """Say whether a call was given nothing but the newest message of the user."""
    return [message.role for message in record.messages if message.role != "system"] in (
        ["user"],
        ["user", "assistant"],
    )


def _systems(record: ConversationRecord) -> tuple[str, ...]:
    return tuple(message.text for message in record.messages if message.role == "system")


def _appended(earlier: ConversationRecord, later: ConversationRecord) -> ConversationRecord:
    turns = tuple(message for message in later.messages if message.role != "system")
    moved = len(earlier.messages) - (len(later.messages) - len(turns))
    scores = tuple(
        replace(score, message_index=None if score.message_index is None else score.message_index + moved)
        for score in later.scores
    )
    shifted = replace(later, messages=earlier.messages + turns, scores=scores)
    grown = join(earlier, shifted, is_same_thread=True)
    return shifted if grown is None else grown
