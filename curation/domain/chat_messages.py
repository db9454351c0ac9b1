"""Stored messages as chat interfaces take them: the way back of `chat_parts`."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from curation.domain.records import (
    AttachmentPart,
    JsonValue,
    Part,
    ToolCallPart,
    ToolResultPart,
    text_of,
)

ChatMessage = dict[str, Any]


def chat_messages(turns: Iterable[tuple[str, Sequence[Part]]]) -> list[ChatMessage]:
    """Return (role, parts) turns as messages of the OpenAI chat format; attachments are left out."""
    return [message for role, parts in turns for message in _messages_of(role, parts)]


def has_attachment(parts: Iterable[Part]) -> bool:
    """Whether a message is more than words and calls."""
    return any(isinstance(part, AttachmentPart) for part in parts)


def _messages_of(role: str, parts: Sequence[Part]) -> list[ChatMessage]:
    if role == "tool":
        # One message may hold the results of several calls, which the format keeps apart.
        return [_result_of(part) for part in parts if isinstance(part, ToolResultPart)]
    calls = [_call_of(part) for part in parts if isinstance(part, ToolCallPart)]
    message: ChatMessage = {"role": role, "content": text_of(parts)}
    if calls:
        message = {"role": role, "content": message["content"] or None, "tool_calls": calls}
    return [message]


def _result_of(part: ToolResultPart) -> ChatMessage:
    return {"role": "tool", "tool_call_id": part.call_id, "content": part.content}


def _call_of(part: ToolCallPart) -> dict[str, JsonValue]:
    arguments = (
        part.arguments if isinstance(part.arguments, str) else json.dumps(part.arguments, ensure_ascii=False)
    )
    return {"id": part.call_id, "type": "function", "function": {"name": part.name, "arguments": arguments}}
