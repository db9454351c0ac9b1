"""LMSYS-Chat logs: {"conversation_id", "model", "conversation", "language", "openai_moderation", "redacted"}."""

from collections.abc import Iterator

from curation.domain.corpus.language_names import language_code
from curation.domain.corpus.records import ConversationRecord, MessageRecord, Position
from curation.domain.importers.chat_parts import Files
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    convert_records,
    label_of,
    moment_of,
    required_list,
)
from curation.domain.importers.moderation import flagged_tags, moderation_scores
from curation.domain.importers.reading import Source
from curation.domain.importers.repeated_ids import without_repeated_ids
from curation.domain.work.turns import accepted_turns
from curation.importers.openai_chat import message_of

# Said of the whole conversation, true or false; those that are true become tags.
FLAGS = ("toxic", "redacted")


class LmsysChatImporter:
    """One conversation a record; what moderation scored becomes scores, what it flagged becomes tags."""

    name = "lmsys_chat"
    title = "LMSYS-Chat"

    def sniff(self, head: Head) -> float:
        """Return the share of first records with a conversation, its id and what moderation said of it."""
        return 0.97 * head.share_of(_fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation a record."""
        return without_repeated_ids(convert_records(source, convert=_conversation_of))


def logged_messages(record: JsonObject, *, files: Files) -> tuple[MessageRecord, ...]:
    """Read the list in "conversation"; raises RecordError for what is no conversation."""
    turns = required_list(record, "conversation")
    return accepted_turns(
        message_of(turn, number=number, files=files) for number, turn in enumerate(turns, start=1)
    )


def source_tags(record: JsonObject) -> tuple[str, ...]:
    """Return the tags that a log gives to a whole conversation."""
    flags = tuple(flag for flag in FLAGS if str(record.get(flag)).casefold() == "true")
    return (*flags, *flagged_tags(record.get("openai_moderation")))


def _conversation_of(record: JsonObject, position: Position) -> ConversationRecord:
    files: Files = []
    messages = logged_messages(record, files=files)
    return ConversationRecord(
        messages=messages,
        source_id=label_of(record, "conversation_id"),
        source_user=label_of(record, "user", "user_id"),
        language=language_code(label_of(record, "language")),
        model=label_of(record, "model"),
        started_at=moment_of(record.get("timestamp", record.get("tstamp"))),
        scores=moderation_scores(record.get("openai_moderation"), message_count=len(messages)),
        tags=source_tags(record),
        attached_files=tuple(files),
        position=position,
    )


def _fits(record: JsonObject) -> bool:
    is_log = isinstance(record.get("conversation"), list) and "conversation_id" in record
    return is_log and ("openai_moderation" in record or {"turn", "redacted"} <= set(record))
