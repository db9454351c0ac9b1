"""Pairs of answers that were rated one by one and chosen between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from annotation.domain.labels import Codes, Vector

# Codes of an outcome: which of the two answers, or neither.
OUTCOMES = ("a", "b", "tie")
FIRST, SECOND, TIE = range(3)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairedProtocols:
    """One entry a pair that has two ratings and a choice.

    `ratings` has the shape (pairs, 2), `chosen` indexes OUTCOMES, `cluster` says which pairs come from one source
    and may lean the same way. `traits` are measures of both answers, such as their length, shape (pairs, 2), NaN
    where unknown; `models` names who wrote them. `again` holds the same pairs by the same annotators at another time.
    """

    ratings: NDArray[np.float64]
    chosen: Codes
    cluster: Codes
    clustered_by: str = "item"
    traits: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    models: Sequence[tuple[str, str]] = ()
    again: Sequence[tuple[Repeated, Repeated]] = ()
    missing: Mapping[str, int] = field(default_factory=dict)
    incomplete: int = 0
    from_one_person: bool = False

    def __len__(self) -> int:
        return len(self.chosen)

    @property
    def inferred(self) -> Codes:
        """Which answer the ratings prefer: the higher rated one, neither where both are rated alike."""
        return inferred_outcomes(self.ratings)

    @property
    def gaps(self) -> Vector:
        """How far apart the ratings are."""
        return np.asarray(np.abs(self.ratings[:, 0] - self.ratings[:, 1]))

    def swapped(self) -> PairedProtocols:
        """Return the same pairs with the two answers in the other order, which must change no figure."""
        turned = np.array([SECOND, FIRST, TIE])
        return replace(
            self,
            ratings=self.ratings[:, ::-1],
            chosen=turned[self.chosen],
            traits={name: trait[:, ::-1] for name, trait in self.traits.items()},
            models=[(other, one) for one, other in self.models],
        )


@dataclass(frozen=True, slots=True)
class Repeated:
    """What an annotator said of a pair at one time: outcomes of both protocols."""

    inferred: int
    chosen: int


def inferred_outcomes(ratings: NDArray[np.float64]) -> Codes:
    """Return which of two answers is rated higher, shape (pairs,), as codes of OUTCOMES."""
    first, second = ratings[:, 0], ratings[:, 1]
    return np.where(first > second, FIRST, np.where(first < second, SECOND, TIE)).astype(np.intp)
