"""What the words of a whole message tell: by how much each word, and each pair of words, speaks for a polarity.

The kernel head knows the words of single remarks. Here those of whole messages count, as they stand in exchanges:
their weights are learned together with the linear head, and shipped beside it. Behind a question of the assistant a
word has a second weight besides: "no" and "the second one" answer there.
"""

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, diags, hstack

from feedback_mining.detectors.embedding.head import Scores, Vectors, words_of
from feedback_mining.detectors.embedding.units import Unit
from feedback_mining.domain.contexts import FeedbackContext

SHIPPED_WORDS = Path(__file__).with_name("words.npz")
# A message has few words: unscaled, the pull that holds the other features would hold these too tightly.
_SCALE = 4.0


def worded_odds(contexts: Sequence[FeedbackContext], *, units: Sequence[Sequence[Unit]]) -> Scores:
    """Return by how much the words of each message, given by its sentences, raise the log-odds: (messages, 2)."""
    if not contexts:
        return np.zeros((0, 2))
    odds: Scores = (message_words(contexts, units=units) @ _shipped_weights()).astype(np.float64)
    return odds


def message_words(contexts: Sequence[FeedbackContext], *, units: Sequence[Sequence[Unit]]) -> csr_matrix:
    """Return which words and pairs of words each message has, shape (messages, 2 × places).

    The second half repeats the first where the message follows a question of the assistant, and is empty elsewhere.
    """
    words = _SCALE * words_of([" ".join(unit.text for unit in each) for each in units])
    asked = diags([float(context.response_asks) for context in contexts], dtype=np.float32)
    return hstack([words, asked @ words]).tocsr()


def ship_word_weights(weights: Vectors) -> None:
    """Store weights, shape (2 × places, 2), in the package; in float16, of which three digits hold."""
    np.savez_compressed(SHIPPED_WORDS, weights=weights.astype(np.float16))
    _shipped_weights.cache_clear()
    words_digest.cache_clear()


@cache
def words_digest() -> str:
    """Return the first digits of the sha256 of the weights in the package."""
    return sha256(SHIPPED_WORDS.read_bytes()).hexdigest()[:6]


@cache
def _shipped_weights() -> Vectors:
    with np.load(SHIPPED_WORDS) as stored:
        weights: Vectors = stored["weights"].astype(np.float32)
    return weights
