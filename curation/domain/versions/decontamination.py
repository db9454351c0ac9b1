"""Keeping evaluations apart from what is trained on: shared word sequences, and prompts of the same meaning."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from curation.domain.enrichers.duplicates import words_of

# Rows compared with all vectors of an evaluation at once.
BLOCK = 2_048


@dataclass(frozen=True, kw_only=True)
class Contamination:
    """One evaluation set, ready to be compared with rows.

    `shingles` are digests of its sequences of `shared_words` words, or characters where a script has no spaces;
    texts of fewer count as a whole where they have at least `FEWEST_WORDS`. `vectors` are those of its prompts, of
    length 1, shape (prompts, dimension).
    """

    name: str
    shared_words: int
    shingles: frozenset[bytes]
    text_count: int
    vectors: NDArray[np.float32] | None = field(default=None)

    @classmethod
    def of(
        cls,
        name: str,
        *,
        texts: Iterable[str],
        shared_words: int,
        vectors: NDArray[np.float32] | None = None,
    ) -> Self:
        """Read the texts of an evaluation set."""
        shingles: set[bytes] = set()
        count = 0
        for text in texts:
            shingles.update(_shingles(text, shared_words))
            count += 1
        return cls(
            name=name,
            shared_words=shared_words,
            shingles=frozenset(shingles),
            text_count=count,
            vectors=vectors if vectors is not None and len(vectors) else None,
        )

    def shares_words(self, texts: Iterable[str]) -> bool:
        """Return whether one of the texts shares a sequence of words with the set."""
        return any(
            shingle in self.shingles for text in texts for shingle in _shingles(text, self.shared_words)
        )

    def nearest(self, vectors: Sequence[Any]) -> list[float]:
        """Return the cosine of each vector to the nearest prompt of the set; -1 where the set has none."""
        if self.vectors is None:
            return [-1.0] * len(vectors)
        cosines: list[float] = []
        for start in range(0, len(vectors), BLOCK):
            block = np.asarray(vectors[start : start + BLOCK], dtype=np.float32)
            cosines += (block @ self.vectors.T).max(axis=1).tolist()
        return cosines

    @property
    def compared_by(self) -> list[str]:
        """What rows are compared by: empty where the set holds nothing that could be found in them."""
        ways = {"words": bool(self.shingles), "meaning": self.vectors is not None}
        return [way for way, is_possible in ways.items() if is_possible]

    def as_json(self) -> dict[str, Any]:
        """Return what the manifest says of it."""
        return {
            "name": self.name,
            "texts": self.text_count,
            "sequences": len(self.shingles),
            "compared_by": self.compared_by,
        }


# A shorter text ("yes, please") is in every dataset.
FEWEST_WORDS = 5


def _shingles(text: str, length: int) -> Iterator[bytes]:
    words = words_of(text)
    if FEWEST_WORDS <= len(words) <= length:
        yield _digest(words)
    for start in range(len(words) - length + 1):
        yield _digest(words[start : start + length])


def _digest(words: Sequence[str]) -> bytes:
    return blake2b(" ".join(words).encode("utf-8", "replace"), digest_size=12).digest()
