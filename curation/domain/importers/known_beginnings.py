"""The beginnings that a conversation may be stored under already: the hash of each, in one walk over it."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from curation.domain.corpus.hashing import HASH_VERSION, canonical_json
from curation.domain.corpus.records import ConversationRecord, MessageRecord, parts_as_json


def beginning_hashes(messages: Sequence[MessageRecord]) -> list[str]:
    """Return the content hash of the first message, of the first two, and so on; the whole is left out."""
    digest = sha256(b"[")
    hashes = []
    for number, message in enumerate(messages[:-1]):
        turn = canonical_json({"role": message.role, "parts": parts_as_json(message.parts)})
        digest.update(turn if number == 0 else b"," + turn)
        so_far = digest.copy()
        so_far.update(b"]")
        hashes.append(f"{HASH_VERSION}:{so_far.hexdigest()}")
    return hashes


def split_at(
    record: ConversationRecord, *, length: int
) -> tuple[ConversationRecord, ConversationRecord | None]:
    """Return a record with its first messages marked as repeats, and what it says of those messages.

    What is said of the beginning belongs to the conversation that is stored; it comes as a record of that
    conversation that accounts for no unit, or as None where nothing is said of it.
    """
    groups = tuple(group for group in record.reply_groups if group.prompt_length < length)
    scores = tuple(
        score for score in record.scores if score.message_index is not None and score.message_index < length
    )
    repeats = tuple(replace(message, is_repeat=True) for message in record.messages[:length])
    later = replace(
        record,
        messages=repeats + record.messages[length:],
        reply_groups=tuple(group for group in record.reply_groups if group.prompt_length >= length),
        scores=tuple(score for score in record.scores if score not in scores),
    )
    if not groups and not scores:
        return later, None
    earlier = replace(
        record,
        messages=record.messages[:length],
        reply_groups=groups,
        scores=scores,
        tags=(),
        units=0,
        cleaned=0,
    )
    return later, earlier
