"""Which short texts say much the same: by vectors where an embedder answers, by their words where none does."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

Vectors: TypeAlias = NDArray[np.float64]
_WORD = re.compile(r"[^\W\d_]{2,}|\d+")
# Words that nearly every sentence about an answer has, so that sharing them says nothing.
_COMMON_WORDS = """
a about again all also an and answer answers any are as at be been but by can could did do does dont
for from get give given good had has have here him his how i if in instead into is it its just like
make me more much must my need no not of on one only or other our out please really response should
so some such than that the their them then there these they this to too use very want was wants way
we well were what when where which will with would you your
"""
_COMMON = frozenset(_COMMON_WORDS.split())
# Endings are left off, so that "list" and "lists", "translate" and "translation" meet.
_STEM = 6
# Average similarity within a group: MiniLM gives paraphrases about 0.6 and more; shared words weigh less.
BY_MEANING, BY_WORDS = 0.55, 0.35
# Of the shorter text's words, how many the other has for both to be about the same.
COVERED = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Places of texts that say much the same; `middle` is the one most like all others of them."""

    members: tuple[int, ...]
    middle: int


def stems_of(text: str) -> frozenset[str]:
    """Return the beginnings of the words that carry a text's meaning."""
    words = (word.casefold() for word in _WORD.findall(text))
    return frozenset(word[:_STEM] for word in words if word not in _COMMON)


def covering_text(text: str, others: Sequence[str]) -> int | None:
    """Return the place of the other text that covers most of this one's words; None where none covers enough."""
    own = stems_of(text)
    shares = [_shared(own, stems_of(other)) for other in others]
    if not shares or max(shares) < COVERED:
        return None
    return max(range(len(shares)), key=lambda place: shares[place])


def word_vectors(texts: Sequence[str]) -> Vectors:
    """Return a unit vector for each text, a rare word weighing more; texts without words get one of zeros."""
    stems = [stems_of(text) for text in texts]
    columns = {stem: place for place, stem in enumerate(sorted(set().union(*stems)))}
    counts = np.zeros((len(texts), max(1, len(columns))))
    for row, own in enumerate(stems):
        counts[row, [columns[stem] for stem in own]] = 1.0
    rarity = np.log((1 + len(texts)) / (1 + counts.sum(axis=0))) + 1
    return _unit(counts * rarity)


def groups_of(vectors: Vectors, *, at_least: float) -> list[Group]:
    """Group unit vectors whose average similarity is at least this (average linkage), the largest group first."""
    count = len(vectors)
    if count < 2:
        return [Group(members=(place,), middle=place) for place in range(count)]
    distances = 1 - np.clip(vectors @ vectors.T, -1, 1)
    labels = fcluster(
        linkage(distances[np.triu_indices(count, k=1)], method="average"),
        t=1 - at_least,
        criterion="distance",
    )
    groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    found = [
        Group(members=tuple(int(place) for place in members), middle=_middle(members, distances=distances))
        for members in groups
    ]
    return sorted(found, key=lambda group: (-len(group.members), group.members))


def _middle(members: NDArray[np.intp], *, distances: Vectors) -> int:
    return int(members[np.argmin(distances[np.ix_(members, members)].sum(axis=1))])


def _shared(own: frozenset[str], other: frozenset[str]) -> float:
    shorter = min(len(own), len(other))
    return len(own & other) / shorter if shorter else 0.0


def _unit(rows: Vectors) -> Vectors:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0))
