"""WildChat logs: {"conversation_hash", "conversation", "hashed_ip", "toxic", "redacted", "openai_moderation" ...}."""

from collections.abc import Iterator, Mapping, Sequence

from curation.domain.corpus.language_names import language_code
from curation.domain.corpus.records import ConversationRecord, JsonValue, Position, SourceScore
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
from curation.domain.importers.moderation import detoxify_scores, moderation_scores
from curation.domain.importers.reading import Source
from curation.domain.importers.repeated_ids import without_repeated_ids
from curation.importers.lmsys_chat import logged_messages, source_tags


class WildChatImporter:
    """One conversation a record; its user is the hashed address, which is stored as a pseudonym alone.

    Country, state and browser of a user are not kept: they could tell who it was, and no later step needs them.
    """

    name = "wildchat"
    title = "WildChat"

    def sniff(self, head: Head) -> float:
        """Return the share of first records with a conversation and its hash, or its user's hashed address."""
        return 0.98 * head.share_of(_fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation a record."""
        return without_repeated_ids(convert_records(source, convert=_conversation_of))


def _conversation_of(record: JsonObject, position: Position) -> ConversationRecord:
    files: Files = []
    messages = logged_messages(record, files=files)
    turns: Sequence[JsonObject] = required_list(record, "conversation")
    return ConversationRecord(
        messages=messages,
        source_id=label_of(record, "conversation_hash", "conversation_id"),
        source_user=label_of(record, "hashed_ip") or _said_first(turns, "hashed_ip"),
        language=language_code(label_of(record, "language") or _said_first(turns, "language")),
        model=label_of(record, "model"),
        started_at=moment_of(record.get("timestamp")) or messages[0].sent_at,
        scores=_scores_of(record, turns=turns, message_count=len(messages)),
        tags=source_tags(record),
        attached_files=tuple(files),
        position=position,
    )


def _said_first(turns: Sequence[JsonObject], key: str) -> str:
    """Return what the first turn that says it says: users' turns hold it, assistants' do not."""
    return next((label_of(turn, key) for turn in turns if turn.get(key)), "")


def _scores_of(
    record: JsonObject, *, turns: Sequence[JsonObject], message_count: int
) -> tuple[SourceScore, ...]:
    of_turns = _flags_of(turns) if len(turns) == message_count else ()
    return (
        *of_turns,
        *moderation_scores(record.get("openai_moderation"), message_count=message_count),
        *detoxify_scores(record.get("detoxify_moderation")),
    )


def _flags_of(turns: Sequence[JsonObject]) -> tuple[SourceScore, ...]:
    return tuple(
        SourceScore(name=flag, value=1.0, message_index=at)
        for at, turn in enumerate(turns)
        for flag in ("toxic", "redacted")
        if turn.get(flag) is True
    )


def _fits(record: JsonObject) -> bool:
    turns: JsonValue = record.get("conversation")
    if not isinstance(turns, list):
        return False
    is_user_known = any(isinstance(turn, Mapping) and "hashed_ip" in turn for turn in turns)
    return "conversation_hash" in record or is_user_known
