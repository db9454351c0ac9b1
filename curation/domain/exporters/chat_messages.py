"""Turns as messages of OpenAI-compatible interfaces and of ShareGPT, with tool calls and images."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

from curation.domain.corpus.records import AttachmentPart, JsonValue, TextPart, ToolCallPart, ToolResultPart
from curation.domain.exporters.dataset_rows import Turn, Turns

OpenFile = Callable[[str], bytes | None]

_SPEAKERS = {"system": "system", "user": "human", "assistant": "gpt", "tool": "observation"}


def chat_messages(turns: Turns, *, attachment: OpenFile) -> list[dict[str, Any]] | None:
    """Return turns as chat messages; None where the bytes of an attachment, which is no address, are not there."""
    messages: list[dict[str, Any]] = []
    for turn in turns:
        results = [part for part in turn.parts if isinstance(part, ToolResultPart)]
        if results:
            messages += (
                {"role": "tool", "tool_call_id": part.call_id, "content": part.content} for part in results
            )
            continue
        message = _message_of(turn, attachment=attachment)
        if message is None:
            return None
        messages.append(message)
    return messages


def sharegpt_turns(turns: Turns) -> list[dict[str, str]]:
    """Return turns with "from" and "value"; each tool call and each result is a turn of its own."""
    return [{"from": speaker, "value": value} for turn in turns for speaker, value in _spoken(turn)]


def arguments_text(arguments: JsonValue) -> str:
    """Return the arguments of a tool call as interfaces carry them: JSON inside text."""
    if isinstance(arguments, str):
        return arguments
    return json.dumps(arguments, ensure_ascii=False, separators=(",", ":"))


def _message_of(turn: Turn, *, attachment: OpenFile) -> dict[str, Any] | None:
    calls = [_call_of(part) for part in turn.parts if isinstance(part, ToolCallPart)]
    content: Any = turn.content
    if any(isinstance(part, AttachmentPart) for part in turn.parts):
        content = _content_of(turn, attachment=attachment)
        if content is None:
            return None
    message: dict[str, Any] = {"role": turn.role}
    if content or not calls:
        message["content"] = content
    return {**message, "tool_calls": calls} if calls else message


def _call_of(part: ToolCallPart) -> dict[str, Any]:
    function = {"name": part.name, "arguments": arguments_text(part.arguments)}
    return {"id": part.call_id, "type": "function", "function": function}


def _content_of(turn: Turn, *, attachment: OpenFile) -> list[dict[str, Any]] | None:
    content: list[dict[str, Any]] = []
    for part in turn.parts:
        if isinstance(part, TextPart):
            content.append({"type": "text", "text": part.text})
        elif isinstance(part, AttachmentPart):
            address = _address_of(part, attachment=attachment)
            if not address:
                return None
            content.append({"type": "image_url", "image_url": {"url": address}})
    return content


def _address_of(part: AttachmentPart, *, attachment: OpenFile) -> str:
    """Return where an image lies: its bytes as a data: address, or the address that its source gave."""
    if not part.media_type.startswith("image/"):
        return ""
    if not part.sha256:
        return part.name
    content = attachment(part.sha256)
    return "" if content is None else f"data:{part.media_type};base64,{base64.b64encode(content).decode()}"


def _spoken(turn: Turn) -> Iterator[tuple[str, str]]:
    special = [part for part in turn.parts if isinstance(part, ToolCallPart | ToolResultPart)]
    if turn.content and not any(isinstance(part, ToolResultPart) for part in special):
        yield _SPEAKERS[turn.role], turn.content
    for part in special:
        if isinstance(part, ToolCallPart):
            call = {"name": part.name, "arguments": part.arguments}
            yield "function_call", json.dumps(call, ensure_ascii=False, separators=(",", ":"))
        else:
            yield "observation", part.content
