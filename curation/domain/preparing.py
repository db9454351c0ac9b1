"""All that is worked out of a conversation before the database is asked: its hash, its counts, its rows' text."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import orjson

from curation.domain.copy_text import NULL, field_of_json_string, json_field, line_of, text_field
from curation.domain.hashing import canonical_parts, canonical_text_part, hash_of_turns
from curation.domain.new_ids import new_ids
from curation.domain.records import ROLES, ConversationRecord, MessageRecord, TextPart
from curation.domain.word_counts import count_words

TITLE_LENGTH = 120
SOURCE_ID_LENGTH = 255
# The fields of a message's line; whose message it is follows once the conversation has a row.
MESSAGE_FIELDS = ("uuid", "position", "role", "source_id", "sent_at", "is_repeat", "parts", "text")
_BOOLEANS = {True: b"t", False: b"f"}
_ROLES = {role: role.encode() for role in ROLES}


class PreparedConversation(NamedTuple):
    """What is stored of a record; `message_lines` are lines of COPY with MESSAGE_FIELDS.

    A tuple, since a million of them go from one process to another. The record itself comes along where it brings
    more than its messages; otherwise their lines hold all.
    """

    source_id: str
    source_user: str
    language: str
    model: str
    started_at: datetime | None
    units: int
    content_hash: str
    title: str
    message_count: int
    user_message_count: int
    word_count: int
    message_lines: bytes
    record: ConversationRecord | None


def prepare_conversation(record: ConversationRecord) -> PreparedConversation:
    """Work out what is stored of a record."""
    messages = record.messages
    texts = [message.text for message in messages]
    bodies = [_parts_and_text(message, text) for message, text in zip(messages, texts, strict=True)]
    return PreparedConversation(
        source_id=record.source_id,
        source_user=record.source_user,
        language=record.language,
        model=record.model,
        started_at=record.started_at,
        units=record.units,
        content_hash=hash_of_turns(
            (message.role, parts) for message, (parts, _) in zip(messages, bodies, strict=True)
        ),
        title=title_of(messages),
        message_count=len(messages),
        user_message_count=sum(message.role == "user" for message in messages),
        word_count=count_words("\n".join(texts)),
        message_lines=_lines(messages, bodies),
        record=record if record.brings_more else None,
    )


def _lines(messages: Sequence[MessageRecord], bodies: Sequence[tuple[bytes, bytes]]) -> bytes:
    rows = zip(messages, bodies, new_ids(len(messages)), strict=True)
    return b"".join(
        _line(message, at, uuid, parts, text) for at, (message, (parts, text), uuid) in enumerate(rows)
    )


def title_of(messages: Sequence[MessageRecord]) -> str:
    """Return the first words of the first user message, for lists that never touch bodies."""
    first = next((message.text for message in messages if message.role == "user"), "")
    # Only a beginning is looked at, since a message may hold megabytes.
    return " ".join(first[: 10 * TITLE_LENGTH].split())[:TITLE_LENGTH]


def _parts_and_text(message: MessageRecord, text: str) -> tuple[bytes, bytes]:
    """Return the canonical form of a message's parts, and its plain text as a JSON string."""
    string = orjson.dumps(text)
    if len(message.parts) == 1 and isinstance(message.parts[0], TextPart):
        return canonical_text_part(string), string
    return canonical_parts(message.parts), string


def _line(message: MessageRecord, position: int, uuid: str, parts: bytes, text: bytes) -> bytes:
    return line_of(
        (
            uuid.encode(),
            b"%d" % position,
            _ROLES[message.role],
            text_field(message.source_id[:SOURCE_ID_LENGTH]) if message.source_id else b"",
            message.sent_at.isoformat().encode() if message.sent_at else NULL,
            _BOOLEANS[message.is_repeat],
            json_field(parts),
            field_of_json_string(text),
        )
    )
