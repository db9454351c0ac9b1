"""A preference as two conversations that part at their last answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from curation.domain.corpus.records import JudgedBy, MessageRecord, RefusalReason, Reply, ReplyGroup
from curation.domain.importers.importing import RecordError
from curation.domain.work.turns import accepted_turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two answers, with the messages before it, and what is known of it."""

    messages: Sequence[MessageRecord]
    model: str = ""
    ratings: Mapping[str, float] = field(default_factory=dict)


def preference_of(
    chosen: Side, rejected: Side, *, judged_by: JudgedBy
) -> tuple[tuple[MessageRecord, ...], ReplyGroup]:
    """Return the conversation of the chosen side and the group of both answers, chosen first.

    Raises RecordError where the sides part before the last answer, are equal, or end with no answer.
    """
    for side, name in ((chosen, "chosen"), (rejected, "rejected")):
        _require_answer(side, name=name)
    if _without_last(chosen) != _without_last(rejected):
        raise RecordError(
            RefusalReason.SIDES_DISAGREE,
            "The chosen and the rejected side differ before their last answer,"
            " so they do not answer the same prompt.",
        )
    if chosen.messages[-1].parts == rejected.messages[-1].parts:
        raise RecordError(RefusalReason.EQUAL_SIDES, "The chosen and the rejected answer are the same.")
    accepted_turns(rejected.messages)
    messages = accepted_turns(chosen.messages)
    replies = (
        _reply(chosen, rank=0, message_index=len(messages) - 1),
        _reply(rejected, rank=1, message_index=None),
    )
    return messages, ReplyGroup(prompt_length=len(messages) - 1, replies=replies, judged_by=judged_by)


def _require_answer(side: Side, *, name: str) -> None:
    if not side.messages:
        raise RecordError(RefusalReason.NO_MESSAGES, f"The {name} side is empty.")
    if side.messages[-1].role != "assistant":
        raise RecordError(
            RefusalReason.ROLES_OUT_OF_ORDER,
            f"The {name} side ends with a message of the {side.messages[-1].role}, not with an answer.",
        )


def _without_last(side: Side) -> list[tuple[str, object]]:
    return [(message.role, message.parts) for message in side.messages[:-1]]


def _reply(side: Side, *, rank: int, message_index: int | None) -> Reply:
    return Reply(
        parts=side.messages[-1].parts,
        model=side.model,
        rank=rank,
        ratings=side.ratings,
        message_index=message_index,
    )
