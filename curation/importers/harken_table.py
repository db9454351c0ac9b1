"""The table that Harken writes of a dataset: a row a preference, its turns as JSON in the columns "…_messages"."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from curation.domain.corpus.records import (
    ROLES,
    ConversationRecord,
    JointRecord,
    JsonValue,
    MessageRecord,
    Part,
    Position,
    RefusalReason,
    Reply,
    ReplyGroup,
    TextPart,
    parts_from_json,
)
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    as_structured,
    convert_records,
    label_of,
    required,
    truth_of,
    wrong_type,
)
from curation.domain.importers.preference_sides import Side, preference_of
from curation.domain.importers.rated_replies import rating_of
from curation.domain.importers.reading import Source
from curation.domain.importers.source_marks import marks_of
from curation.domain.work.turns import accepted_turns
from curation.importers.trl_preference import judge_of
from curation.importers.trl_unpaired import LABEL, rated_answer

_TURNS = ("prompt_messages", "chosen_messages", "rejected_messages", "rejected_prompt_messages")
_STRENGTHS = (1, 2, 3)


class HarkenTableImporter:
    """Ties, single answers, joint pairs, tool calls, models, scores and judgements come back as they were.

    Votes, confidence and terms of use stay behind: they belong to the dataset that they were given in.
    """

    name = "harken_table"
    title = "Harken's table"

    def sniff(self, head: Head) -> float:
        """Return the share of first records with the turns of both sides and whether they tie."""
        return 0.99 * head.share_of(lambda record: {*_TURNS, "is_tie"} <= set(record))

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation, or two joined by a verdict, a row."""
        return convert_records(source, convert=_imported_of)


def _imported_of(record: JsonObject, position: Position) -> ConversationRecord | JointRecord:
    prompt, chosen, rejected, rejected_prompt = (_turns_of(record, key) for key in _TURNS)
    if rejected_prompt:
        return _joint(record, [*prompt, *chosen], [*rejected_prompt, *rejected], position)
    messages, group = _judged(record, prompt, chosen, rejected)
    return _conversation(record, messages, (group,), position)


def _judged(
    record: JsonObject,
    prompt: Sequence[MessageRecord],
    chosen: Sequence[MessageRecord],
    rejected: Sequence[MessageRecord],
) -> tuple[tuple[MessageRecord, ...], ReplyGroup]:
    if not chosen or not rejected:
        side = "chosen" if chosen else "rejected"
        messages = accepted_turns([*prompt, *chosen, *rejected])
        group = rated_answer(messages, ratings={LABEL: float(bool(chosen))}, judged_by=judge_of(record))
        return messages, replace(group, replies=(_described(group.replies[0], record, side=side),))
    messages, group = preference_of(
        Side(messages=[*prompt, *chosen]), Side(messages=[*prompt, *rejected]), judged_by=judge_of(record)
    )
    is_tie = truth_of(record, "is_tie")
    replies = (
        _described(reply, record, side=side)
        for reply, side in zip(group.replies, ("chosen", "rejected"), strict=True)
    )
    ranked = tuple(replace(reply, rank=0) if is_tie else reply for reply in replies)
    return messages, replace(group, replies=ranked, strength=None if is_tie else _strength_of(record))


def _joint(
    record: JsonObject, chosen: list[MessageRecord], rejected: list[MessageRecord], position: Position
) -> JointRecord:
    return JointRecord(
        chosen=_conversation(record, accepted_turns(chosen), (), position),
        rejected=_conversation(record, accepted_turns(rejected), (), position),
        judged_by=judge_of(record),
        position=position,
        is_tie=truth_of(record, "is_tie"),
    )


def _conversation(
    record: JsonObject,
    messages: tuple[MessageRecord, ...],
    groups: tuple[ReplyGroup, ...],
    position: Position,
) -> ConversationRecord:
    return ConversationRecord(
        messages=messages,
        source_id=label_of(record, "id"),
        language=label_of(record, "language"),
        model=groups[0].replies[0].model if groups else "",
        reply_groups=groups,
        tags=marks_of(record),
        position=position,
    )


def _described(reply: Reply, record: JsonObject, *, side: str) -> Reply:
    """Return a reply with what the table says of its side."""
    kinds = (_numbers_of(record, f"{side}_{kind}") for kind in ("attributes", "scores"))
    ratings = {name: value for numbers in kinds for name, value in numbers.items()}
    return replace(
        reply,
        model=label_of(record, f"{side}_model"),
        ratings={**reply.ratings, **ratings},
        critique=label_of(record, f"{side}_judgement").strip(),
    )


def _numbers_of(record: JsonObject, key: str) -> dict[str, float]:
    said = as_structured(record.get(key) or {})
    if not isinstance(said, Mapping):
        raise wrong_type(key, value=said, wanted="an object of numbers")
    rated = {str(name): rating_of(said, name) for name in said}
    return {name: rating for name, rating in rated.items() if rating is not None}


def _strength_of(record: JsonObject) -> int | None:
    strength = rating_of(record, "strength")
    return int(strength) if strength in _STRENGTHS and strength is not None else None


def _turns_of(record: JsonObject, key: str) -> list[MessageRecord]:
    turns = as_structured(required(record, key))
    if not isinstance(turns, list):
        raise wrong_type(key, value=turns, wanted="a list of messages")
    return [_message_of(turn, key=key) for turn in turns]


def _message_of(turn: JsonValue, *, key: str) -> MessageRecord:
    if not isinstance(turn, Mapping) or not isinstance(turn.get("content"), str):
        raise wrong_type(key, value=turn, wanted="a list of objects with role and content")
    if turn.get("role") not in ROLES:
        raise RecordError(
            RefusalReason.UNKNOWN_ROLE,
            f'A message in "{key}" has a role that is not known. Known: {", ".join(ROLES)}.',
        )
    return MessageRecord(
        role=turn["role"], parts=_parts_of(turn, key=key) or (TextPart(text=turn["content"]),)
    )


def _parts_of(turn: JsonObject, *, key: str) -> tuple[Part, ...]:
    try:
        parts = parts_from_json(turn.get("parts") or ())
    except (KeyError, TypeError, AttributeError):
        parts = None
    if parts is None or not all(map(_holds_texts, parts)):
        raise wrong_type(key, value=turn.get("parts"), wanted="parts as Harken writes them")
    return parts


def _holds_texts(part: Part) -> bool:
    """Say whether all fields of a part are texts, but a call's arguments, which may be anything."""
    return all(isinstance(value, str) for name, value in part.as_json().items() if name != "arguments")
