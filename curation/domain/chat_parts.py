"""The content of a chat message, as chat interfaces write it, turned into parts."""

import base64
import binascii
import json
import mimetypes
from collections.abc import Mapping
from hashlib import sha256

from curation.domain.importing import JsonObject, RecordError, json_type, label_of, wrong_type
from curation.domain.records import (
    AttachmentPart,
    JsonValue,
    Part,
    RefusalReason,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)

_TEXT_KEYS = {"text": "text", "input_text": "text", "output_text": "text", "refusal": "refusal"}


def content_parts(content: JsonValue) -> tuple[Part, ...]:
    """Turn a message's content, text or a list of parts or null, into parts; raises RecordError."""
    if content is None:
        return ()
    if isinstance(content, str):
        return (TextPart(text=content),)
    if isinstance(content, list):
        return tuple(_part_of(element) for element in content)
    raise wrong_type("content", value=content, wanted="text or a list of parts")


def tool_call_parts(message: JsonObject) -> tuple[ToolCallPart, ...]:
    """Return the calls in "tool_calls", and the one in the older "function_call"."""
    calls = message.get("tool_calls") or []
    if not isinstance(calls, list):
        raise wrong_type("tool_calls", value=calls, wanted="a list")
    older = message.get("function_call")
    return tuple(_call_of(call) for call in [*calls, *([{"function": older}] if older else [])])


def tool_result_part(message: JsonObject) -> ToolResultPart:
    """Return what a tool message answers."""
    words = [part.text for part in content_parts(message.get("content")) if isinstance(part, TextPart)]
    return ToolResultPart(call_id=label_of(message, "tool_call_id", "name"), content="\n".join(words))


def call_arguments(arguments: JsonValue) -> JsonValue:
    """Decode arguments that are JSON inside text; what is no plain JSON stays the text that it is."""
    if not isinstance(arguments, str):
        return arguments
    try:
        return json.loads(arguments, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return arguments


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _call_of(call: JsonValue) -> ToolCallPart:
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(call, Mapping) or not isinstance(function, Mapping):
        raise RecordError(RefusalReason.WRONG_TYPE, "A tool call has no function that it calls.")
    return ToolCallPart(
        call_id=label_of(call, "id"),
        name=label_of(function, "name"),
        arguments=call_arguments(function.get("arguments")),
    )


def _part_of(element: JsonValue) -> Part:
    if isinstance(element, str):
        return TextPart(text=element)
    if not isinstance(element, Mapping):
        raise RecordError(
            RefusalReason.WRONG_TYPE, f"A part of a message is {json_type(element)}, not an object."
        )
    kind = element.get("type")
    if kind in _TEXT_KEYS:
        text = element.get(_TEXT_KEYS[kind])
        if not isinstance(text, str):
            raise wrong_type(_TEXT_KEYS[kind], value=text, wanted="text")
        return TextPart(text=text)
    return _attachment_of(element, kind=str(kind))


def _attachment_of(part: JsonObject, *, kind: str) -> AttachmentPart:
    """Return a part that is no text as an attachment, with a hash where its bytes lie in the record."""
    body = part.get(kind)
    url = body if isinstance(body, str) else _address_in(body)
    if url.startswith("data:"):
        return _embedded(url)
    media_type = mimetypes.guess_type(url)[0] or f"{kind.removesuffix('_url').removeprefix('input_')}/*"
    return AttachmentPart(sha256="", media_type=media_type, name=url or kind)


def _address_in(body: JsonValue) -> str:
    return label_of(body, "url", "file_id", "filename") if isinstance(body, Mapping) else ""


def _embedded(url: str) -> AttachmentPart:
    head, _, encoded = url.partition(",")
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise RecordError(RefusalReason.WRONG_TYPE, "An attachment is not valid base64.") from None
    media_type = head.removeprefix("data:").partition(";")[0]
    return AttachmentPart(sha256=sha256(content).hexdigest(), media_type=media_type or "text/plain")
