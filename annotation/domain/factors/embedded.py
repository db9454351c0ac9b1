"""Factors from embeddings, where somebody has them: how near an answer is to its prompt, and how it repeats itself."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from annotation.domain.factors.table import FloatArray

# A sentence further than this from the prompt is off its focus.
OFF_FOCUS = 0.2
SIMILARITY, REDUNDANCY, SHARE_OFF = "embedded_similarity", "redundancy", "off_focus"
# Name → what it means to people.
EMBEDDED_FACTORS: Mapping[str, str] = MappingProxyType(
    {
        SIMILARITY: "nearness in meaning to the prompt",
        REDUNDANCY: "nearness of its two most alike sentences",
        SHARE_OFF: "share of sentences far from the prompt",
    }
)


def embedding_factors(
    *, prompt: FloatArray, answer: FloatArray, sentences: FloatArray | None = None
) -> Mapping[str, float]:
    """Return cosine factors of one answer; prompt and answer have shape (width,), sentences (count, width).

    embedded_similarity: answer with prompt; redundancy: the two most similar sentences; off_focus: the share of
    sentences that lie far from the prompt. The latter two are NaN below two sentences.
    """
    factors = {SIMILARITY: float(_unit(prompt) @ _unit(answer))}
    if sentences is None:
        return factors
    if len(sentences) < 2:
        return {**factors, REDUNDANCY: float("nan"), SHARE_OFF: float("nan")}
    units = _unit(sentences)
    likeness = units @ units.T
    np.fill_diagonal(likeness, -1.0)
    far = units @ _unit(prompt) < OFF_FOCUS
    return {**factors, REDUNDANCY: float(likeness.max()), SHARE_OFF: float(far.mean())}


def _unit(vectors: FloatArray) -> FloatArray:
    """Return vectors of length 1; a vector of zeros stays one."""
    size = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: FloatArray = np.divide(
        vectors, size, out=np.zeros_like(vectors, dtype=np.float64), where=size > 0
    )
    return scaled
