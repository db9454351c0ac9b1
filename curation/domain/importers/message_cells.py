"""Lists of messages inside a cell of a table: written as JSON, or as Python prints them."""

from collections.abc import Mapping
from typing import TypeGuard

from curation.domain.corpus.records import JsonValue, MessageRecord, Part, RefusalReason, TextPart
from curation.domain.importers.chat_parts import content_parts
from curation.domain.importers.literals import LiteralError, looks_structured, structured_value
from curation.domain.importers.record_fields import RecordError, json_type

_SPEAKERS = ("role", "from", "speaker", "author")
_CONTENTS = ("content", "value", "text", "message", "utterance")
_ROLES = {
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("user", "human", "prompter", "customer"), "user"),
    **dict.fromkeys(("assistant", "gpt", "chatgpt", "model", "bot", "ai", "chatbot", "agent"), "assistant"),
    **dict.fromkeys(("tool", "function", "observation"), "tool"),
}


def is_message_list(cell: str) -> bool:
    """Say whether a cell holds a list of messages that name their speakers."""
    if not looks_structured(cell):
        return False
    try:
        return _are_messages(structured_value(cell))
    except LiteralError:
        return False


def cell_messages(cell: str, *, column: str) -> tuple[MessageRecord, ...]:
    """Return the messages of a cell; raises RecordError for a cell that holds none."""
    try:
        value = structured_value(cell)
    except LiteralError as error:
        raise RecordError(
            RefusalReason.WRONG_TYPE, f'The messages, in column "{column}", cannot be read: {error}.'
        ) from None
    if not _are_messages(value):
        raise RecordError(
            RefusalReason.WRONG_TYPE,
            f'Column "{column}" holds {json_type(value)}, not a list of messages that each name their speaker.',
        )
    return tuple(_message_of(each, number=number) for number, each in enumerate(value, start=1))


def answer_parts(cell: str) -> tuple[Part, ...]:
    """Return an answer: the last assistant message of a list of messages, or else the cell's words."""
    if is_message_list(cell):
        spoken = [each for each in cell_messages(cell, column="") if each.role == "assistant"]
        if spoken:
            return spoken[-1].parts
    return (TextPart(text=cell),)


def _are_messages(value: JsonValue) -> TypeGuard[list[Mapping[str, JsonValue]]]:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(each, Mapping) and _key_of(each, _SPEAKERS) for each in value)
    )


def _message_of(turn: Mapping[str, JsonValue], *, number: int) -> MessageRecord:
    speaker = str(turn[_key_of(turn, _SPEAKERS)])
    role = _ROLES.get(speaker.strip().casefold())
    if role is None:
        known = ", ".join(_ROLES)
        raise RecordError(
            RefusalReason.UNKNOWN_ROLE,
            f'Message {number} is of "{speaker[:40]}", which is not known. Known: {known}.',
        )
    return MessageRecord(role=role, parts=content_parts(turn.get(_key_of(turn, _CONTENTS) or "content")))


def _key_of(turn: Mapping[str, JsonValue], names: tuple[str, ...]) -> str:
    return next((name for name in names if turn.get(name) is not None), "")
