"""Conversations whose answers carry their attributes as a string, "helpfulness:4,verbosity:2", as SteerLM has them."""

from collections.abc import Iterator, Mapping

from curation.domain.corpus.records import (
    ConversationRecord,
    MessageRecord,
    Position,
    RefusalReason,
    Reply,
    ReplyGroup,
)
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    convert_records,
    label_of,
    required_list,
)
from curation.domain.importers.rated_replies import rating_of
from curation.domain.importers.reading import Source
from curation.domain.importers.source_marks import marks_of
from curation.domain.work.turns import accepted_turns
from curation.importers.sharegpt import turns_of


class SteerLmImporter:
    """One conversation a record; the attributes of a labelled answer become its ratings."""

    name = "steerlm"
    title = "SteerLM"

    def sniff(self, head: Head) -> float:
        """Return the share of first records whose turns have labels, and which say what is masked."""
        return 0.98 * head.share_of(_fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation a record."""
        return convert_records(source, convert=_conversation_of)


def _conversation_of(record: JsonObject, position: Position) -> ConversationRecord:
    read = turns_of(record)
    messages = accepted_turns(read)
    # "system" beside the turns is one message before them, which an empty one does not stay.
    labels = [None, *(turn.get("label") for turn in required_list(record, "conversations"))]
    places = {id(message): place for place, message in enumerate(messages)}
    groups = [
        _rated(messages, at=places[id(message)], label=label)
        for message, label in zip(read, labels, strict=True)
        if label is not None and message.role == "assistant"
    ]
    return ConversationRecord(
        messages=messages,
        source_id=label_of(record, "id"),
        reply_groups=tuple(groups),
        tags=marks_of(record),
        position=position,
    )


def _rated(messages: tuple[MessageRecord, ...], *, at: int, label: object) -> ReplyGroup:
    reply = Reply(parts=messages[at].parts, ratings=_ratings_in(label), message_index=at)
    return ReplyGroup(prompt_length=at, replies=(reply,), judged_by="unknown")


def _ratings_in(label: object) -> dict[str, float]:
    pairs = [pair.partition(":") for pair in str(label).split(",") if pair.strip()]
    ratings = {name.strip(): rating_of({name: value.strip()}, name) for name, _, value in pairs}
    if not isinstance(label, str) or any(not colon for _, colon, _ in pairs):
        raise RecordError(
            RefusalReason.WRONG_TYPE, 'A label is not written as "attribute:value", joined by commas.'
        )
    return {name: rating for name, rating in ratings.items() if rating is not None}


def _fits(record: JsonObject) -> bool:
    turns = record.get("conversations")
    return (
        "mask" in record
        and isinstance(turns, list)
        and any(isinstance(turn, Mapping) and {"from", "value", "label"} <= set(turn) for turn in turns)
    )
