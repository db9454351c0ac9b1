"""The identity of a conversation: a hash over its roles and parts, and of nothing else."""

import json
from collections.abc import Iterable
from hashlib import sha256

from curation.domain.records import JsonValue, MessageRecord, parts_as_json

# Stored with every hash, so that another canonical form can be told from this one.
HASH_VERSION = "h1"


def canonical_json(value: JsonValue) -> bytes:
    """Return the one UTF-8 spelling of a JSON value: sorted keys, no spaces, no Unicode normalisation.

    Raises ValueError for NaN and Infinity, and UnicodeEncodeError for lone surrogates.
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def content_hash(messages: Iterable[MessageRecord]) -> str:
    """Return "h1:" and the sha256 of the messages' roles and parts; source ids and times do not count."""
    turns = [{"role": message.role, "parts": parts_as_json(message.parts)} for message in messages]
    return f"{HASH_VERSION}:{sha256(canonical_json(turns)).hexdigest()}"
