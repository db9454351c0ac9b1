"""The content of a chat message, as chat interfaces write it, turned into parts."""

import base64
import binascii
import mimetypes
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from urllib.parse import unquote_to_bytes

from curation.domain.corpus.records import (
    AttachedFile,
    AttachmentPart,
    JsonValue,
    Part,
    RefusalReason,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from curation.domain.importers.json_decoding import decoded_json
from curation.domain.importers.record_fields import JsonObject, RecordError, json_type, label_of, wrong_type

# Files found on the way are added to it, so that they reach the conversation's record.
Files = list[AttachedFile]

_TEXT_KEYS = {"text": "text", "input_text": "text", "output_text": "text", "refusal": "refusal"}
# What a model thought is no part of what it answered.
_THOUGHTS = {"thinking", "redacted_thinking", "reasoning"}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_AUDIO_TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav"}


def content_parts(content: JsonValue, *, files: Files | None = None) -> tuple[Part, ...]:
    """Turn a message's content, text or a list of parts or null, into parts; raises RecordError."""
    if content is None:
        return ()
    if isinstance(content, str):
        return (TextPart(text=content),)
    if isinstance(content, list):
        found = files if files is not None else []
        spoken = (element for element in content if not _is_thought(element))
        return tuple(part for element in spoken for part in _parts_of(element, files=found))
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
    words = _words_of(content_parts(message.get("content")))
    return ToolResultPart(call_id=label_of(message, "tool_call_id", "name"), content=words)


def call_arguments(arguments: JsonValue) -> JsonValue:
    """Decode arguments that are JSON inside text; what is no plain JSON stays the text that it is."""
    if not isinstance(arguments, str):
        return arguments
    try:
        return decoded_json(arguments)
    except ValueError:
        return arguments


def embedded_file(url: str, *, name: str = "", files: Files) -> AttachmentPart:
    """Return the part of a data: URL whose bytes are added to `files`; raises RecordError for a broken one."""
    head, _, encoded = url.partition(",")
    media_type, *options = head.removeprefix("data:").split(";")
    content = decoded_base64(encoded) if "base64" in options else unquote_to_bytes(encoded)
    return attached_file(content, media_type=media_type or "text/plain", name=name, files=files)


def attached_file(content: bytes, *, media_type: str, name: str = "", files: Files) -> AttachmentPart:
    """Return the part of a file, and add its bytes to `files`."""
    key = sha256(content).hexdigest()
    files.append(AttachedFile(sha256=key, media_type=media_type[:100], content=content))
    return AttachmentPart(sha256=key, media_type=media_type[:100], name=name)


def decoded_base64(encoded: JsonValue) -> bytes:
    """Decode base64; raises RecordError for anything else."""
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise RecordError(RefusalReason.WRONG_TYPE, "An attachment is not valid base64.") from None


def _words_of(parts: Iterable[Part]) -> str:
    return "\n".join(part.text for part in parts if isinstance(part, TextPart))


def _call_of(call: JsonValue) -> ToolCallPart:
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(call, Mapping) or not isinstance(function, Mapping):
        raise RecordError(RefusalReason.WRONG_TYPE, "A tool call has no function that it calls.")
    return ToolCallPart(
        call_id=label_of(call, "id"),
        name=label_of(function, "name"),
        arguments=call_arguments(function.get("arguments")),
    )


def _is_thought(element: JsonValue) -> bool:
    kind = element.get("type") if isinstance(element, Mapping) else None
    return isinstance(kind, str) and kind in _THOUGHTS


def _parts_of(element: JsonValue, *, files: Files) -> tuple[Part, ...]:
    """Return the part of an element; a tool's result, which may hold pictures, is followed by those."""
    if not isinstance(element, Mapping) or element.get("type") != "tool_result":
        return (_part_of(element, files=files),)
    inner = content_parts(element.get("content"), files=files)
    result = ToolResultPart(call_id=label_of(element, "tool_use_id"), content=_words_of(inner))
    return (result, *(part for part in inner if isinstance(part, AttachmentPart)))


def _part_of(element: JsonValue, *, files: Files) -> Part:
    if isinstance(element, str):
        return TextPart(text=element)
    if not isinstance(element, Mapping):
        raise RecordError(
            RefusalReason.WRONG_TYPE, f"A part of a message is {json_type(element)}, not an object."
        )
    kind = label_of(element, "type") or ("text" if "text" in element else "file")
    if kind in _TEXT_KEYS:
        text = element.get(_TEXT_KEYS[kind])
        if not isinstance(text, str):
            raise wrong_type(_TEXT_KEYS[kind], value=text, wanted="text")
        return TextPart(text=text)
    if kind == "tool_use":
        return ToolCallPart(
            call_id=label_of(element, "id"), name=label_of(element, "name"), arguments=element.get("input")
        )
    return _attachment_of(element, kind=kind, files=files)


def _attachment_of(part: JsonObject, *, kind: str, files: Files) -> AttachmentPart:
    """Return a part that is no text as an attachment, with a hash where its bytes lie in the record."""
    body = part.get("source") or part.get(kind)
    name = _name_of(part, body)
    if kind == "attachment" and _SHA256.fullmatch(label_of(part, "sha256")):
        # The form that is stored and exported here; the bytes are kept already, or were left behind.
        media_type = label_of(part, "media_type")
        return AttachmentPart(sha256=label_of(part, "sha256"), media_type=media_type, name=name)
    if isinstance(body, Mapping) and isinstance(body.get("data"), str):
        content = decoded_base64(body["data"])
        return attached_file(content, media_type=_type_of(body, kind=kind), name=name, files=files)
    url = body if isinstance(body, str) else _address_in(body)
    if url.startswith("data:"):
        return embedded_file(url, name=name, files=files)
    media_type = mimetypes.guess_type(url)[0] or f"{kind.removesuffix('_url').removeprefix('input_')}/*"
    return AttachmentPart(sha256="", media_type=media_type, name=url or kind)


def _name_of(part: JsonObject, body: JsonValue) -> str:
    inner = label_of(body, "filename", "name") if isinstance(body, Mapping) else ""
    return inner or label_of(part, "name", "title", "filename")


def _type_of(body: JsonObject, *, kind: str) -> str:
    """Return the media type that comes with base64: Anthropic's sources name it, OpenAI's sounds a format."""
    named = label_of(body, "media_type")
    return named or _AUDIO_TYPES.get(label_of(body, "format"), "") or f"{kind.removeprefix('input_')}/*"


def _address_in(body: JsonValue) -> str:
    return label_of(body, "url", "file_data", "file_id", "filename") if isinstance(body, Mapping) else ""
