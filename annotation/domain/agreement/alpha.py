"""Krippendorff's alpha, without a matrix of values by values.

Within an item the squared differences of all pairs follow from the sums of the values and of their squares. The
ordinal difference of two values is that of their mid-ranks, so it follows in the same way. Time and memory grow with
the number of labels, whatever the number of values. Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotation.domain.agreement.unit_counts import UnitCounts
from annotation.domain.figures import Figure, Undefined
from annotation.domain.labels import LabelTable, Level, Vector


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AlphaTerms:
    """The labels of a table at a level, ready for alpha of any resampling of its items."""

    units: UnitCounts
    level: Level
    positions: Vector

    @classmethod
    def of(cls, labels: LabelTable, *, level: Level) -> AlphaTerms:
        """Prepare a table; raises LabelTableError where its labels are no numbers and the level needs them."""
        positions = labels.relative_positions(level)
        return cls(units=UnitCounts.of(labels), level=level, positions=positions)

    def alphas(self, weights: NDArray[np.float64]) -> Vector:
        """Return alpha for each row of weights, shape (rounds, items): how often each item was drawn.

        NaN stands for a round whose labels are all the same.
        """
        if self.level is Level.NOMINAL:
            return self._nominal(weights)
        if self.level is Level.INTERVAL:
            return self._squared(weights, positions=_centred(self.positions))
        return np.concatenate([self._ordinal(row[None, :]) for row in weights])

    def _nominal(self, weights: NDArray[np.float64]) -> Vector:
        units = self.units
        differing = units.pairs - units.agreeing
        totals = (units.counts.T @ weights.T).T
        count = weights @ units.sizes
        expected = count**2 - (totals**2).sum(axis=1)
        return _ratio(weights @ (differing / (units.sizes - 1)), expected=expected, count=count)

    def _ordinal(self, weights: NDArray[np.float64]) -> Vector:
        totals = (self.units.counts.T @ weights[0]).ravel()
        return self._squared(weights, positions=_centred(mid_ranks(totals), totals=totals))

    def _squared(self, weights: NDArray[np.float64], *, positions: Vector) -> Vector:
        units = self.units
        sums, squares = units.counts @ positions, units.counts @ positions**2
        differing = 2 * (units.sizes * squares - sums**2)
        count = weights @ units.sizes
        expected = 2 * (count * (weights @ squares) - (weights @ sums) ** 2)
        return _ratio(weights @ (differing / (units.sizes - 1)), expected=expected, count=count)


def krippendorff_alpha(labels: LabelTable, *, level: Level = Level.NOMINAL) -> Figure:
    """Return alpha: 1 for full agreement, 0 for what chance gives, negative below it.

    Items with one label do not count. Raises LabelTableError where the level needs numbers and labels are none.
    """
    terms = AlphaTerms.of(labels, level=level)
    if nothing := terms.units.why_nothing(labels):
        return nothing
    alpha = float(terms.alphas(np.ones((1, len(terms.units.sizes))))[0])
    return all_the_same(labels, of=terms.units) if np.isnan(alpha) else alpha


def all_the_same(labels: LabelTable, *, of: UnitCounts) -> Undefined:
    """Return the sentence for labels that do not vary."""
    value = labels.values[int(of.counts.indices[0])]
    return Undefined(
        f"Undefined because every compared label is '{value}': without a second value, agreement cannot be told from"
        " chance."
    )


def mid_ranks(totals: Vector) -> Vector:
    """Return the mean rank of each value whose labels are counted, up to a constant."""
    return np.asarray(np.cumsum(totals) - totals / 2)


def _centred(positions: Vector, *, totals: Vector | None = None) -> Vector:
    """Return positions about their mean: the sums stay small, and differences of large sums stay exact."""
    return np.asarray(positions - np.average(positions, weights=totals)) if len(positions) else positions


def _ratio(observed: Vector, *, expected: Vector, count: Vector) -> Vector:
    """Return 1 − D_o / D_e, where D_o = observed / n and D_e = expected / (n (n − 1))."""
    # What rounding leaves of a sum of squares that is zero is no difference.
    varies = expected > 1e-9 * count**2 * np.finfo(float).eps
    result = np.full(len(count), np.nan)
    result[varies] = 1 - observed[varies] * (count[varies] - 1) / expected[varies]
    return result
