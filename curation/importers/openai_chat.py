"""Chats as OpenAI-compatible interfaces take them: {"messages": [{"role", "content"} ...]}."""

from collections.abc import Iterator, Mapping

from curation.domain.corpus.records import (
    AttachmentPart,
    ConversationRecord,
    JsonValue,
    MessageRecord,
    Part,
    Position,
    RefusalReason,
    SourceScore,
    TextPart,
    ToolResultPart,
)
from curation.domain.importers.chat_parts import Files, content_parts, tool_call_parts, tool_result_part
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.feedback_marks import scores_in
from curation.domain.importers.growing_prefixes import joined_calls
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    convert_records,
    json_type,
    label_of,
    moment_of,
    required_list,
    required_text,
)
from curation.domain.importers.reading import Source
from curation.domain.importers.repeated_ids import without_repeated_ids
from curation.domain.work.turns import accepted_turns

# What names a conversation over several records; a record's own id names one call.
_THREADS = ("conversation_id", "session_id", "thread_id", "chat_id")
_LISTS = ("messages", "conversation", "conversations")
_ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}
_NO_TEXT = TextPart(text="")


class OpenAIChatImporter:
    """One conversation a record; id, user, model, language and created_at are read where they are given.

    They may stand in the record, or in its "metadata" or "meta". Records of one conversation, each with all messages
    so far, become one. Feedback is read from each message and from the record. An attachment keeps its address where
    its bytes do not lie in the record.
    """

    name = "openai_chat"
    title = "OpenAI chat"

    def sniff(self, head: Head) -> float:
        """Return the share of first records that hold messages with roles."""
        return 0.95 * head.share_of(_fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation a record, or one for all records that repeat its growing beginning."""
        return without_repeated_ids(joined_calls(convert_records(source, convert=_conversation_of)))


def message_of(turn: JsonValue, *, number: int, files: Files | None = None) -> MessageRecord:
    """Read one message with a role and a content; `number` counts from 1 for the sentence of an error.

    The bytes of its attachments are added to `files`.
    """
    if not isinstance(turn, Mapping):
        raise RecordError(
            RefusalReason.WRONG_TYPE, f"Message {number} is {json_type(turn)}, not an object with a role."
        )
    role = _ROLES.get(required_text(turn, "role"))
    if role is None:
        known = ", ".join(_ROLES)
        raise RecordError(
            RefusalReason.UNKNOWN_ROLE,
            f'Message {number} has the role "{str(turn["role"])[:40]}", which is not known. Known: {known}.',
        )
    parts = _parts_of(turn, role=role, files=files)
    return MessageRecord(
        # Anthropic's interface hands a tool's answers back in the user's name.
        role="tool" if role == "user" and _answers_calls(parts) else role,
        parts=parts,
        sent_at=moment_of(turn.get("created_at", turn.get("timestamp"))),
        source_id=label_of(turn, "id"),
    )


def _answers_calls(parts: tuple[Part, ...]) -> bool:
    """Say whether parts are the answers of tools, and the pictures that came with them, alone."""
    kinds = {type(part) for part in parts}
    return ToolResultPart in kinds and kinds <= {ToolResultPart, AttachmentPart}


def _parts_of(turn: JsonObject, *, role: str, files: Files | None) -> tuple[Part, ...]:
    content = content_parts(turn.get("content"), files=files)
    if role == "tool":
        return (tool_result_part(turn), *(part for part in content if isinstance(part, AttachmentPart)))
    if role != "assistant":
        return content
    calls = tool_call_parts(turn)
    # A call often comes with an empty text beside it, which says nothing.
    return (*(part for part in content if not calls or part != _NO_TEXT), *calls)


def _conversation_of(record: JsonObject, position: Position) -> ConversationRecord:
    turns = required_list(record, _list_key(record))
    about = {**record, **_about(record)}
    thread = label_of(about, *_THREADS)
    files: Files = []
    read = [message_of(turn, number=number, files=files) for number, turn in enumerate(turns, start=1)]
    messages = accepted_turns(read)
    return ConversationRecord(
        messages=messages,
        source_id=thread or label_of(about, "id"),
        scores=_scores_of(turns, read=read, kept=messages, record=record),
        attached_files=tuple(files),
        may_continue=bool(thread),
        source_user=label_of(about, "user", "user_id"),
        language=label_of(about, "language", "lang"),
        model=label_of(about, "model"),
        started_at=moment_of(about.get("created_at", about.get("created", about.get("timestamp")))),
        position=position,
    )


def _scores_of(
    turns: list[JsonValue], *, read: list[MessageRecord], kept: tuple[MessageRecord, ...], record: JsonObject
) -> tuple[SourceScore, ...]:
    """Return the feedback on the messages that are kept, by their place among them, and on the whole."""
    places = {id(message): place for place, message in enumerate(kept)}
    of_messages = (
        scores_in(turn, message_index=places[id(message)])
        for turn, message in zip(turns, read, strict=True)
        if id(message) in places
    )
    return tuple(
        score for scores in (*of_messages, scores_in(record, message_index=None)) for score in scores
    )


def _about(record: JsonObject) -> dict[str, JsonValue]:
    """Return the fields of "metadata" or "meta" that the record itself does not have."""
    inner = record.get("metadata") or record.get("meta")
    if not isinstance(inner, dict):
        return {}
    return {key: value for key, value in inner.items() if record.get(key) is None}


def _list_key(record: JsonObject) -> str:
    return next((key for key in _LISTS if isinstance(record.get(key), list)), _LISTS[0])


def _fits(record: JsonObject) -> bool:
    turns = record.get(_list_key(record))
    return isinstance(turns, list) and any(isinstance(turn, Mapping) and "role" in turn for turn in turns)
