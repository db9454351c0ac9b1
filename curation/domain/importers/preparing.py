"""All that is worked out of a conversation before the database is asked: its hash, its counts, its rows' text."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import orjson

from curation.domain.corpus.hashing import canonical_parts, canonical_text_part, hash_of_turns
from curation.domain.corpus.records import ROLES, ConversationRecord, MessageRecord, TextPart
from curation.domain.corpus.word_counts import count_words
from curation.domain.work.copy_text import NULL, field_of_json_string, json_field, line_of, text_field
from curation.domain.work.new_ids import new_ids

TITLE_LENGTH = 120
SOURCE_ID_LENGTH = 255
LANGUAGE_LENGTH = 16
# The fields of a conversation's line; what only the database knows follows.
CONVERSATION_FIELDS = (
    *("uuid", "source_id", "content_hash", "language", "title", "started_at"),
    *("message_count", "user_message_count", "word_count"),
)
# The fields of a message's line; whose message it is follows once the conversation has a row.
MESSAGE_FIELDS = ("uuid", "position", "role", "source_id", "sent_at", "is_repeat", "rich_parts", "text")
# A NUL character as JSON spells it, and not the six letters behind a backslash that is one itself.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_BOOLEANS = {True: b"t", False: b"f"}
_ROLES = {role: role.encode() for role in ROLES}


class PreparedConversation(NamedTuple):
    """What is stored of a record: lines of COPY with CONVERSATION_FIELDS and MESSAGE_FIELDS, and what they lead to.

    A tuple, since a million of them go from one process to another. The record itself comes along where it brings
    more than its messages; otherwise their lines hold all.
    """

    source_user: str
    model: str
    units: int
    content_hash: str
    line: bytes
    message_lines: bytes
    record: ConversationRecord | None


def prepare_conversation(record: ConversationRecord) -> PreparedConversation:
    """Work out what is stored of a record; raises ValueError for what no database keeps."""
    messages = record.messages
    texts = [message.text for message in messages]
    bodies = [_parts_and_text(message, text) for message, text in zip(messages, texts, strict=True)]
    content = hash_of_turns(
        (message.role, parts) for message, (parts, _) in zip(messages, bodies, strict=True)
    )
    uuid, *message_uuids = new_ids(1 + len(messages))
    return PreparedConversation(
        source_user=record.source_user,
        model=record.model,
        units=record.units,
        content_hash=content,
        line=_line(record, uuid, content, count_words("\n".join(texts))),
        message_lines=_message_lines(messages, bodies, message_uuids),
        record=record if record.brings_more else None,
    )


def _line(record: ConversationRecord, uuid: str, content: str, word_count: int) -> bytes:
    messages = record.messages
    user_message_count = sum(message.role == "user" for message in messages)
    return line_of(
        (
            uuid.encode(),
            text_field(record.source_id[:SOURCE_ID_LENGTH]),
            content.encode(),
            text_field(record.language[:LANGUAGE_LENGTH]),
            text_field(title_of(messages)),
            _moment(record.started_at),
            *(b"%d" % count for count in (len(messages), user_message_count, word_count)),
        )
    )


def _message_lines(
    messages: Sequence[MessageRecord], bodies: Sequence[tuple[bytes, bytes]], uuids: Sequence[str]
) -> bytes:
    rows = zip(messages, bodies, uuids, strict=True)
    return b"".join(
        _message_line(message, at, uuid, NULL if _is_one_text(message) else json_field(parts), text)
        for at, (message, (parts, text), uuid) in enumerate(rows)
    )


def _moment(moment: datetime | None) -> bytes:
    return moment.isoformat().encode() if moment else NULL


def _is_one_text(message: MessageRecord) -> bool:
    return len(message.parts) == 1 and isinstance(message.parts[0], TextPart)


def title_of(messages: Sequence[MessageRecord]) -> str:
    """Return the first words of the first user message, for lists that never touch bodies."""
    first = next((message.text for message in messages if message.role == "user"), "")
    # Only a beginning is looked at, since a message may hold megabytes.
    return " ".join(first[: 10 * TITLE_LENGTH].split())[:TITLE_LENGTH]


def _parts_and_text(message: MessageRecord, text: str) -> tuple[bytes, bytes]:
    """Return the canonical form of a message's parts, and its plain text as a JSON string."""
    string = orjson.dumps(text)
    if _is_one_text(message):
        return canonical_text_part(string), string
    return _storable(canonical_parts(message.parts)), string


def _storable(spelled: bytes) -> bytes:
    """Return JSON that PostgreSQL takes; raises ValueError for any with a NUL character."""
    if b"\\u0000" in spelled and _NUL.search(spelled):
        raise ValueError("PostgreSQL keeps no NUL characters")
    return spelled


def _message_line(message: MessageRecord, position: int, uuid: str, rich_parts: bytes, text: bytes) -> bytes:
    return line_of(
        (
            uuid.encode(),
            b"%d" % position,
            _ROLES[message.role],
            text_field(message.source_id[:SOURCE_ID_LENGTH]) if message.source_id else b"",
            _moment(message.sent_at),
            _BOOLEANS[message.is_repeat],
            rich_parts,
            field_of_json_string(text),
        )
    )
