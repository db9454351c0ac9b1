"""Messages as tracing tools log them: of several dialects, in a list, an object or plain text.

Read are OpenAI's, Anthropic's, LangChain's and OpenTelemetry's messages. What is no message is None, never an
error: a trace holds much that is no chat.
"""

import json
from collections.abc import Mapping
from datetime import datetime

from curation.domain.corpus.records import (
    AttachmentPart,
    JsonValue,
    MessageRecord,
    Part,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from curation.domain.importers.chat_parts import (
    Files,
    attached_file,
    call_arguments,
    content_parts,
    decoded_base64,
    tool_call_parts,
)
from curation.domain.importers.json_decoding import decoded_json
from curation.domain.importers.record_fields import JsonObject, RecordError
from curation.domain.work.turns import has_content

ROLES = {
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("user", "human", "humanmessage", "humanmessagechunk"), "user"),
    **dict.fromkeys(("assistant", "ai", "model", "aimessage", "aimessagechunk", "bot"), "assistant"),
    **dict.fromkeys(("tool", "function", "toolmessage", "functionmessage"), "tool"),
    "systemmessage": "system",
}
_LISTS = ("messages", "history", "chat_history", "input_messages")
# Lists that only what a model gave back has.
_ANSWERS = ("choices", "parts", "tool_calls")
_TEXTS = (
    "question",
    "query",
    "prompt",
    "input",
    "text",
    "content",
    "answer",
    "response",
    "output",
    "completion",
)


def logged_messages(value: JsonValue, *, role: str, files: Files) -> tuple[MessageRecord, ...] | None:
    """Return what a logged input or output says, its plain words in the named role; None where it is no chat."""
    if isinstance(value, str):
        decoded = _decoded(value)
        told = logged_messages(decoded, role=role, files=files) if _is_chat(decoded) else None
        return told or _spoken((TextPart(text=value),), role=role)
    if isinstance(value, Mapping):
        return _of_object(value, role=role, files=files)
    if isinstance(value, list):
        return _of_list(value, role=role, files=files)
    return None


def logged_message(value: JsonValue, *, role: str = "", files: Files) -> MessageRecord | None:
    """Return one logged message; None where it names no known role, and none is given, or where it says nothing."""
    if not isinstance(value, Mapping):
        return None
    body = _body_of(value)
    spoken_by = ROLES.get(_role_name(value, body), role)
    if not spoken_by:
        return None
    try:
        parts = _parts_of(body, role=spoken_by, files=files)
    except RecordError:
        return None
    if parts and all(isinstance(part, ToolResultPart) for part in parts):
        spoken_by = "tool"
    return MessageRecord(role=spoken_by, parts=parts) if has_content(parts) else None


def system_messages(value: JsonValue, *, files: Files) -> tuple[MessageRecord, ...]:
    """Return system instructions that are logged apart: text, messages, or parts without a role."""
    parts = _decoded(value) if isinstance(value, str) else value
    if isinstance(parts, list) and not any(isinstance(each, Mapping) and "role" in each for each in parts):
        message = logged_message({"role": "system", "parts": parts}, files=files)
        if message is not None:
            return (message,)
    return logged_messages(value, role="system", files=files) or ()


def at_time(messages: tuple[MessageRecord, ...], moment: datetime | None) -> tuple[MessageRecord, ...]:
    """Return messages with the time of the last one set where it has none."""
    if not messages or moment is None or messages[-1].sent_at is not None:
        return messages
    last = messages[-1]
    return (
        *messages[:-1],
        MessageRecord(role=last.role, parts=last.parts, sent_at=moment, source_id=last.source_id),
    )


def _decoded(text: str) -> JsonValue:
    """Decode text that is a JSON object or list; attributes of traces often hold messages so."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return decoded_json(text)
    except ValueError:
        return None


def _is_chat(value: JsonValue) -> bool:
    """Say whether what a text holds are messages: an answer that is JSON itself stays the text that it is."""
    if isinstance(value, list):
        # LangChain logs a batch of one.
        return any(map(_is_message, value[0] if len(value) == 1 and isinstance(value[0], list) else value))
    return _is_message(value) or (
        isinstance(value, Mapping) and any(isinstance(value.get(key), list) for key in (*_LISTS, *_ANSWERS))
    )


def _is_message(value: JsonValue) -> bool:
    return isinstance(value, Mapping) and bool(_role_name(value, _body_of(value)))


def _spoken(parts: tuple[Part, ...], *, role: str) -> tuple[MessageRecord, ...] | None:
    return (MessageRecord(role=role, parts=parts),) if has_content(parts) else None


def _of_list(value: list[JsonValue], *, role: str, files: Files) -> tuple[MessageRecord, ...] | None:
    if len(value) == 1 and isinstance(value[0], list):
        # LangChain logs a batch of one.
        return _of_list(value[0], role=role, files=files)
    found = [logged_message(each, role=role if role == "assistant" else "", files=files) for each in value]
    return tuple(message for message in found if message is not None) or None


def _of_object(value: JsonObject, *, role: str, files: Files) -> tuple[MessageRecord, ...] | None:
    for key in _LISTS:
        if isinstance(value.get(key), list):
            rest = logged_messages(value[key], role=role, files=files)
            if rest is not None:
                return _with_system(value, rest, files=files)
    if isinstance(value.get("choices"), list):
        return _of_choices(value["choices"], files=files)
    message = logged_message(value, role="", files=files) or _completion(value, role=role, files=files)
    if message is not None:
        return (message,)
    words = _words_of(value, role=role)
    return _spoken((TextPart(text=words),), role=role)


def _words_of(value: JsonObject, *, role: str) -> str:
    """Return what an object says that is no message: its one text, or else all of it as JSON.

    What went in is taken for something that was said only where one of its fields is named so.
    """
    told = {key: each for key, each in value.items() if each not in (None, "", [], {})}
    texts = [each for key, each in told.items() if key in _TEXTS and isinstance(each, str)]
    if len(told) == 1 and texts:
        return texts[0]
    return json.dumps(value, ensure_ascii=False) if texts or (told and role == "assistant") else ""


def _completion(value: JsonObject, *, role: str, files: Files) -> MessageRecord | None:
    """Read an output that has the fields of a message and no role."""
    if role != "assistant" or not {"content", "tool_calls", "parts"} & set(value):
        return None
    return logged_message(value, role=role, files=files)


def _with_system(
    value: JsonObject, rest: tuple[MessageRecord, ...], *, files: Files
) -> tuple[MessageRecord, ...]:
    """Put a system text that stands beside the messages, as Anthropic's requests have it, before them."""
    system = value.get("system")
    if rest[0].role == "system" or not isinstance(system, str | list):
        return rest
    message = logged_message({"role": "system", "content": system}, files=files)
    return rest if message is None else (message, *rest)


def _of_choices(choices: list[JsonValue], *, files: Files) -> tuple[MessageRecord, ...] | None:
    first = choices[0] if choices and isinstance(choices[0], Mapping) else {}
    message = logged_message(first.get("message"), role="assistant", files=files)
    return None if message is None else (message,)


def _body_of(value: JsonObject) -> JsonObject:
    """Return the fields of a message: LangChain's lie one level deeper."""
    for key in ("data", "kwargs", "message"):
        inner = value.get(key)
        if isinstance(inner, Mapping) and ("content" in inner or "parts" in inner):
            return inner
    return value


def _role_name(value: JsonObject, body: JsonObject) -> str:
    """Return what names the speaker: the role, LangChain's type, or the last word of its class."""
    path = value.get("id")
    named = [body.get("role"), value.get("role"), value.get("type"), body.get("type")]
    named += [path[-1]] if isinstance(path, list) and path else []
    return next((name.casefold() for name in named if isinstance(name, str) and name.casefold() in ROLES), "")


def _parts_of(body: JsonObject, *, role: str, files: Files) -> tuple[Part, ...]:
    if isinstance(body.get("parts"), list):
        return tuple(part for each in body["parts"] if (part := _otel_part(each, files=files)) is not None)
    content = content_parts(body.get("content"), files=files)
    if role == "tool" and not any(isinstance(part, ToolResultPart) for part in content):
        words = "\n".join(part.text for part in content if isinstance(part, TextPart))
        return (ToolResultPart(call_id=_text_at(body, "tool_call_id", "name"), content=words),)
    calls = _calls_of(body) if role == "assistant" else ()
    return (*(part for part in content if not calls or part != TextPart(text="")), *calls)


def _calls_of(body: JsonObject) -> tuple[ToolCallPart, ...]:
    calls = body.get("tool_calls")
    if (
        isinstance(calls, list)
        and calls
        and all(isinstance(call, Mapping) and "args" in call for call in calls)
    ):
        # LangChain's own spelling of a call.
        return tuple(
            ToolCallPart(call_id=_text_at(call, "id"), name=_text_at(call, "name"), arguments=call["args"])
            for call in calls
        )
    return tool_call_parts(body)


def _otel_part(part: JsonValue, *, files: Files) -> Part | None:
    """Read a part of OpenTelemetry's message schema; a thought, and what is not known, is left out."""
    if isinstance(part, str):
        return TextPart(text=part)
    if not isinstance(part, Mapping):
        return None
    kind = part.get("type")
    if kind == "tool_call":
        return ToolCallPart(
            call_id=_text_at(part, "id"),
            name=_text_at(part, "name"),
            arguments=call_arguments(part.get("arguments")),
        )
    if kind == "tool_call_response":
        return ToolResultPart(call_id=_text_at(part, "id"), content=_result_text(part))
    if kind == "blob":
        content = decoded_base64(part.get("content", part.get("data")))
        return attached_file(content, media_type=_media_type(part), files=files)
    if kind in ("uri", "file"):
        return AttachmentPart(sha256="", media_type=_media_type(part), name=_text_at(part, "uri", "file_id"))
    words = part.get("content", part.get("text"))
    return TextPart(text=words) if kind in ("text", None) and isinstance(words, str) else None


def _media_type(part: JsonObject) -> str:
    return _text_at(part, "mime_type") or f"{_text_at(part, 'modality') or 'application'}/*"


def _result_text(part: JsonObject) -> str:
    result = part.get("response", part.get("result", ""))
    return result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)


def _text_at(fields: JsonObject, *keys: str) -> str:
    return next((str(fields[key]) for key in keys if isinstance(fields.get(key), str | int)), "")
