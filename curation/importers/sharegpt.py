"""Chats in the ShareGPT layout: {"conversations": [{"from", "value"} ...]}."""

from collections.abc import Iterator, Mapping

from curation.domain.corpus.records import (
    ConversationRecord,
    JsonValue,
    MessageRecord,
    Part,
    Position,
    RefusalReason,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from curation.domain.importers.chat_parts import call_arguments
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    convert_records,
    json_type,
    label_of,
    required_list,
    required_text,
)
from curation.domain.importers.reading import Source
from curation.domain.importers.repeated_ids import without_repeated_ids
from curation.domain.importers.source_marks import described
from curation.domain.work.turns import accepted_turns, text_message

_ROLES = {
    "system": "system",
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "model": "assistant",
    "function_call": "assistant",
    "tool": "tool",
    "observation": "tool",
}


class ShareGptImporter:
    """One conversation a record, its turns with "from" and "value"; "system" may stand beside them."""

    name = "sharegpt"
    title = "ShareGPT"

    def sniff(self, head: Head) -> float:
        """Return the share of first records whose turns have "from" and "value"."""
        return 0.95 * head.share_of(_fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation a record."""
        return without_repeated_ids(convert_records(source, convert=_conversation_of))


def turns_of(record: JsonObject) -> list[MessageRecord]:
    """Read the turns in "conversations", after what "system" says."""
    turns = required_list(record, "conversations")
    messages = [message_of(turn, number=number) for number, turn in enumerate(turns, start=1)]
    return [text_message("system", label_of(record, "system")), *messages]


def _conversation_of(record: JsonObject, position: Position) -> ConversationRecord:
    return described(record, messages=accepted_turns(turns_of(record)), position=position)


def message_of(turn: JsonValue, *, number: int) -> MessageRecord:
    """Read one turn; `number` counts from 1 for the sentence of an error."""
    if not isinstance(turn, Mapping):
        raise RecordError(
            RefusalReason.WRONG_TYPE,
            f'Turn {number} is {json_type(turn)}, not an object with "from" and "value".',
        )
    speaker = required_text(turn, "from").lower()
    if speaker not in _ROLES:
        raise RecordError(
            RefusalReason.UNKNOWN_ROLE,
            f'Turn {number} is from "{speaker[:40]}", which is not known. Known: {", ".join(_ROLES)}.',
        )
    return MessageRecord(role=_ROLES[speaker], parts=(_part_of(speaker, value=required_text(turn, "value")),))


def _part_of(speaker: str, *, value: str) -> Part:
    if speaker == "function_call":
        return _call_of(value)
    if _ROLES[speaker] == "tool":
        return ToolResultPart(call_id="", content=value)
    return TextPart(text=value)


def _call_of(value: str) -> ToolCallPart:
    """Read a call that is written as JSON; one that is not keeps its text as its arguments."""
    call = call_arguments(value)
    if isinstance(call, Mapping) and "name" in call:
        return ToolCallPart(call_id="", name=label_of(call, "name"), arguments=call.get("arguments"))
    return ToolCallPart(call_id="", name="", arguments=value)


def _fits(record: JsonObject) -> bool:
    turns = record.get("conversations")
    return isinstance(turns, list) and any(isinstance(turn, Mapping) and "from" in turn for turn in turns)
