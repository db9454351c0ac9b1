"""Rows of a dataset made from what an importer read, so that an export can be compared with one of its import."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from curation.domain.corpus.records import (
    AttachmentPart,
    ConversationRecord,
    JointRecord,
    MessageRecord,
    Part,
    Reply,
    ReplyGroup,
    TextPart,
    text_of,
)
from curation.domain.exporters.dataset_rows import DatasetRowRecord, SideRecord, Turn, Turns

HELPSTEER = {"helpfulness", "correctness", "coherence", "complexity", "verbosity"}


def rows_of(records: Iterable[ConversationRecord | JointRecord]) -> list[DatasetRowRecord]:
    """Return the rows that records are worth, in their order."""
    return [row for number, record in enumerate(records) for row in _rows_of(record, number=number)]


def _rows_of(record: ConversationRecord | JointRecord, *, number: int) -> Iterator[DatasetRowRecord]:
    if isinstance(record, JointRecord):
        yield _row(
            record.chosen,
            number=number,
            prompt=_turns(record.chosen.messages[:-1]),
            chosen=_turns(record.chosen.messages[-1:]),
            rejected_prompt=_turns(record.rejected.messages[:-1]),
            rejected=_turns(record.rejected.messages[-1:]),
        )
        return
    for group in record.reply_groups:
        yield from _rows_of_group(record, group, number=number)
    if not record.reply_groups:
        yield _lone_row(record, number=number)


def _rows_of_group(
    record: ConversationRecord, group: ReplyGroup, *, number: int
) -> Iterator[DatasetRowRecord]:
    prompt = _turns(record.messages[: group.prompt_length])
    ranked = sorted((r for r in group.replies if r.rank is not None), key=lambda reply: reply.rank or 0)
    if len(ranked) < 2:
        for reply in group.replies:
            yield _one_answer(record, reply, prompt=prompt, number=number)
        return
    is_list = len(ranked) > 2
    for place, (better, worse) in enumerate(pairwise(ranked)):
        yield _row(
            record,
            number=number,
            id=f"{record.source_id}/{place}" if is_list else record.source_id,
            prompt=prompt,
            chosen=_said(better.parts),
            rejected=_said(worse.parts),
            is_tie=better.rank == worse.rank,
            list_id=(record.source_id or f"list {number}") if is_list or better.rank == worse.rank else "",
            chosen_about=_about(better),
            rejected_about=_about(worse),
        )


def _one_answer(record: ConversationRecord, reply: Reply, *, prompt: Turns, number: int) -> DatasetRowRecord:
    is_bad = reply.ratings.get("label") == 0 or (reply.ratings.get("score") or 10) < 7
    side = "rejected" if is_bad else "chosen"
    texts = {"chosen": (), "rejected": (), side: _said(reply.parts)}
    return _row(
        record,
        number=number,
        id=reply.source_id or record.source_id,
        prompt=prompt,
        **texts,
        **{f"{side}_about": _about(reply)},
    )


def _lone_row(record: ConversationRecord, *, number: int) -> DatasetRowRecord:
    asked = max(at for at, message in enumerate(record.messages) if message.role in ("user", "tool")) + 1
    answer = _turns(record.messages[asked:]) or (Turn("assistant", "any answer"),)
    return _row(record, number=number, prompt=_turns(record.messages[:asked]), chosen=answer, rejected=())


def _mark(record: ConversationRecord, name: str) -> str:
    """Return what a record's tags say of a mark, "" where they say nothing."""
    return next((tag.removeprefix(f"{name}: ") for tag in record.tags if tag.startswith(f"{name}: ")), "")


def _row(record: ConversationRecord, *, number: int, **fields: object) -> DatasetRowRecord:
    known = {
        "id": record.source_id,
        "decided_by": _mark(record, "decided by") or "imported",
        "source": _mark(record, "source"),
        "split": _mark(record, "split") or "train",
        "conversation_id": f"conversation {number}",
        "language": record.language,
    }
    made = {**known, **fields}
    return DatasetRowRecord(**{**made, "id": made["id"] or f"row {number}"})  # type: ignore[arg-type]


def _about(reply: Reply) -> SideRecord:
    ratings = dict(reply.ratings)
    ratings.pop("label", None)
    is_attributes = bool(HELPSTEER & set(ratings))
    return SideRecord(
        model=reply.model,
        scores={} if is_attributes else ratings,
        attributes=ratings if is_attributes else {},
        judgement=reply.critique,
        rank=reply.rank,
    )


def _said(parts: tuple[Part, ...]) -> Turns:
    return _turns([MessageRecord(role="assistant", parts=parts)])


def _turns(messages: Iterable[MessageRecord]) -> Turns:
    return tuple(Turn(message.role, _text(message.parts), _more(message.parts)) for message in messages)


def _text(parts: tuple[Part, ...]) -> str:
    return text_of(parts)


def _more(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    is_more = any(not isinstance(part, TextPart) or isinstance(part, AttachmentPart) for part in parts)
    return parts if is_more else ()
