"""Anthropic's helpful-harmless layout: "chosen" and "rejected", each a whole dialogue in one string."""

import re
from collections.abc import Iterator

from curation.domain.corpus.records import ConversationRecord, MessageRecord, Position, RefusalReason
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    convert_records,
    label_of,
    required_text,
)
from curation.domain.importers.preference_sides import Side, preference_of
from curation.domain.importers.reading import Source
from curation.domain.importers.repeated_ids import without_repeated_ids
from curation.domain.work.turns import text_message

# A turn begins at the start of the string or after an empty line.
_SPEAKER = re.compile(r"(?:\A\s*|\n\n)(Human|Assistant):[ \t]*")
_ROLES = {"Human": "user", "Assistant": "assistant"}


class HhImporter:
    """One preference a record: the chosen dialogue is the conversation, the last answers are the group."""

    name = "hh"
    title = "Anthropic HH"

    def sniff(self, head: Head) -> float:
        """Return the share of first records whose two sides begin with a speaker's mark."""
        return 0.97 * head.share_of(fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation a record."""
        return without_repeated_ids(convert_records(source, convert=_conversation_of))


def turns_of(dialogue: str) -> list[MessageRecord]:
    """Split a dialogue at its speakers' marks; raises RecordError where it does not begin with one."""
    before, *marked = _SPEAKER.split(dialogue)
    if before.strip() or not marked:
        raise RecordError(
            RefusalReason.WRONG_TYPE,
            'A side does not begin with "Human:", so its turns cannot be told apart.',
        )
    pairs = zip(marked[::2], marked[1::2], strict=True)
    return [text_message(_ROLES[speaker], text.strip()) for speaker, text in pairs]


def _conversation_of(record: JsonObject, position: Position) -> ConversationRecord:
    chosen, rejected = (
        Side(messages=turns_of(required_text(record, side))) for side in ("chosen", "rejected")
    )
    messages, group = preference_of(chosen, rejected, judged_by="unknown")
    return ConversationRecord(
        messages=messages, source_id=label_of(record, "id"), reply_groups=(group,), position=position
    )


def fits(record: JsonObject) -> bool:
    """Say whether both sides begin with a speaker's mark, and no prompt stands beside them."""
    sides = [record.get("chosen"), record.get("rejected")]
    return "prompt" not in record and all(isinstance(side, str) and _SPEAKER.match(side) for side in sides)
