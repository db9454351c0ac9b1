"""Finding a good set of assertions quickly: greedily, then by taking one out and filling up again.

What it finds is the start of the exact search, which only has to ask whether anything is better.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotation.domain.criteria.alignment import Flags

Vector: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patterns:
    """Outputs that fare alike counted together: `bad` and `good` have the shape (patterns, candidates)."""

    bad: Flags
    bad_counts: Vector
    good: Flags
    good_counts: Vector

    @classmethod
    def of(cls, *, bad: Flags, good: Flags) -> Patterns:
        """Count the patterns of outputs that anything fails."""
        bad_patterns, bad_counts = _patterns(bad)
        good_patterns, good_counts = _patterns(good)
        return cls(bad=bad_patterns, bad_counts=bad_counts, good=good_patterns, good_counts=good_counts)

    @property
    def width(self) -> int:
        """Number of candidates."""
        return int(self.bad.shape[1])

    def caught(self, chosen: list[int]) -> int:
        """Return how many bad outputs a choice fails."""
        return _total(self.bad_counts[self.bad[:, chosen].any(axis=1)])

    def wronged(self, chosen: list[int]) -> int:
        """Return how many good outputs a choice fails."""
        return _total(self.good_counts[self.good[:, chosen].any(axis=1)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a choice has to keep to, in numbers of assertions and of outputs."""

    most_wronged: int
    least_caught: int = 0
    most_chosen: int = 10**6


def find_most_caught(patterns: Patterns, *, limits: Limits) -> list[int]:
    """Return a choice that catches many, with few members, and wrongs few; within all limits but `least_caught`."""
    chosen = _without_idle(patterns, _filled(patterns, [], limits=limits))
    while True:
        others = [[member for member in chosen if member != left_out] for left_out in chosen]
        refilled = [_without_idle(patterns, _filled(patterns, other, limits=limits)) for other in others]
        best = min([chosen, *refilled], key=lambda choice: _rank(patterns, choice))
        if _rank(patterns, best) == _rank(patterns, chosen):
            return sorted(chosen)
        chosen = best


def find_fewest(patterns: Patterns, *, limits: Limits) -> list[int] | None:
    """Return a small choice that keeps all limits, or None where none was found."""
    for size in range(min(limits.most_chosen, patterns.width) + 1):
        capped = Limits(most_wronged=limits.most_wronged, most_chosen=size)
        lavish = _filled(patterns, [], limits=capped, thrift=0.0)
        for chosen in (lavish, find_most_caught(patterns, limits=capped)):
            if patterns.caught(chosen) >= limits.least_caught:
                return sorted(chosen)
        if len(chosen) < size and len(lavish) < size:
            return None
    return None


def _filled(patterns: Patterns, start: list[int], *, limits: Limits, thrift: float = 1.0) -> list[int]:
    """Add, as long as it fits, the candidate that catches most for what it wrongs; without thrift, most of all."""
    chosen = list(start)
    while len(chosen) < limits.most_chosen:
        gains = _added(patterns.bad, patterns.bad_counts, chosen)
        costs = _added(patterns.good, patterns.good_counts, chosen)
        fits = (gains > 0) & (costs <= limits.most_wronged - patterns.wronged(chosen))
        if not fits.any():
            break
        # One output is added to the costs, so that what wrongs none does not beat all, however little it catches.
        chosen.append(int(np.argmax(np.where(fits, gains / (costs + 1) ** thrift, -1.0))))
    return chosen


def _added(fails: Flags, counts: Vector, chosen: list[int]) -> Vector:
    """Return how many outputs each candidate would fail that the choice does not."""
    is_left = ~fails[:, chosen].any(axis=1)
    added: Vector = (counts * is_left) @ fails
    return added


def _without_idle(patterns: Patterns, chosen: list[int]) -> list[int]:
    """Leave out, last ones first, what catches nothing that the others do not."""
    kept = list(chosen)
    for member in reversed(chosen):
        others = [other for other in kept if other != member]
        if patterns.caught(others) == patterns.caught(kept):
            kept = others
    return kept


def _rank(patterns: Patterns, chosen: list[int]) -> tuple[int, int, int]:
    return -patterns.caught(chosen), len(chosen), patterns.wronged(chosen)


def _total(counts: Vector) -> int:
    return round(float(counts.sum()))


def _patterns(fails: Flags) -> tuple[Flags, Vector]:
    """Return the distinct rows in which something fails, and how often each occurs."""
    patterns, counts = np.unique(fails[fails.any(axis=1)], axis=0, return_counts=True)
    return patterns, counts.astype(np.float64)
