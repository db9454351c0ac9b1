"""Conversations that say the same: equal after normalising, or nearly so by MinHash."""

import re
import unicodedata
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from datasketch import MinHash

from curation.domain.enrichers.enriching import ReadConversation

# 128 permutations in 16 bands of 8: texts with a Jaccard similarity of 0.8 share a band in 95 of 100 cases, those
# with 0.5 in 6 of 100 (1 − (1 − s⁸)¹⁶).
PERMUTATIONS = 128
BANDS = 16
ROWS = PERMUTATIONS // BANDS
SHINGLE_WORDS = 3
# Of longer texts the beginning is compared.
READ_CHARACTERS = 20_000
# Shorter ones ("hi", "continue") are alike by chance.
FEWEST_WORDS = 8
# Thai, Lao, Burmese, Khmer, Japanese and Chinese put no spaces between words: each character counts as one.
_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    r"\U00020000-\U0003ffff"
)
WORD = rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+"
_WORD = re.compile(WORD)
_SPACE_OR_SIGN = re.compile(r"[\W_]+")


def normalised(text: str) -> str:
    """Return the text's words alone: compatibility forms, case, punctuation and spacing are levelled."""
    return _SPACE_OR_SIGN.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def words_of(text: str) -> list[str]:
    """Return the normalised words of a text; of scripts without spaces, the characters."""
    return _WORD.findall(normalised(text))


def conversation_text(conversation: ReadConversation) -> str:
    """Return what was said, by whom, normalised: what makes two conversations the same in substance."""
    return "\n".join(f"{message.role}: {normalised(message.text)}" for message in conversation.messages)


def exact_signature(text: str) -> bytes:
    """Return a digest of 256 bits."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=32).digest()


def near_signature(words: Sequence[str]) -> bytes:
    """Return the MinHash of a text's word 3-grams: 128 whole numbers of 32 bits."""
    minhash = MinHash(num_perm=PERMUTATIONS, seed=1)
    minhash.update_batch([" ".join(words[at : at + SHINGLE_WORDS]).encode() for at in _starts(words)])
    return np.asarray(minhash.hashvalues, dtype=np.uint32).tobytes()


def _starts(words: Sequence[str]) -> range:
    return range(max(1, len(words) - SHINGLE_WORDS + 1))


def similarity(first: bytes, second: bytes) -> float:
    """Return the estimated Jaccard similarity of two MinHash signatures."""
    return float(np.mean(np.frombuffer(first, np.uint32) == np.frombuffer(second, np.uint32)))


def band_keys(signature: bytes, *, scope: str) -> list[int]:
    """Return one key for each band, of 64 bits with a sign; texts that are alike share at least one, most likely."""
    width = len(signature) // BANDS
    return [
        key_of(signature[at : at + width], scope=f"{scope}:{at}") for at in range(0, width * BANDS, width)
    ]


def key_of(value: bytes, *, scope: str) -> int:
    """Return a key of 64 bits with a sign that no other scope shares."""
    digest = blake2b(scope.encode() + b"\x00" + value, digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
