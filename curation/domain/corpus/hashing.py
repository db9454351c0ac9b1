"""The identity of a conversation: a hash over its roles and parts, and of nothing else."""

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256

import orjson

from curation.domain.corpus.records import JsonValue, MessageRecord, Part, TextPart, parts_as_json

# Stored with every hash, so that another canonical form can be told from this one.
HASH_VERSION = "h1"


def canonical_json(value: JsonValue) -> bytes:
    """Return the one UTF-8 spelling of a JSON value: sorted keys, no spaces, no Unicode normalisation.

    Raises ValueError for NaN and Infinity, and UnicodeEncodeError for lone surrogates.
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def canonical_parts(parts: Sequence[Part]) -> bytes:
    """Return the canonical form of a message's parts; the same bytes sooner where they are one text."""
    if len(parts) == 1 and isinstance(parts[0], TextPart):
        return canonical_text_part(orjson.dumps(parts[0].text))
    return canonical_json(parts_as_json(parts))


def canonical_text_part(string: bytes) -> bytes:
    """Return the canonical form of one part that is text, given its JSON string."""
    return b'[{"text":%b,"type":"text"}]' % string


def hash_of_turns(turns: Iterable[tuple[str, bytes]]) -> str:
    """Return "h1:" and the sha256 of roles with the canonical form of their parts."""
    spelled = b",".join(b'{"parts":%b,"role":%b}' % (parts, orjson.dumps(role)) for role, parts in turns)
    return f"{HASH_VERSION}:{sha256(b'[' + spelled + b']').hexdigest()}"


def content_hash(messages: Iterable[MessageRecord]) -> str:
    """Return "h1:" and the sha256 of the messages' roles and parts; source ids and times do not count."""
    return hash_of_turns((message.role, canonical_parts(message.parts)) for message in messages)
