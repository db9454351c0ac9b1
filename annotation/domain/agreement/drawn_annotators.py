"""Agreement when annotators rather than items are drawn again, as if other people had been asked.

An annotator who is drawn twice would agree with the copy in everything, so copies of a label are never compared with
each other: only labels of two different annotators are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annotation.domain.agreement.alpha import mid_ranks
from annotation.domain.agreement.unit_counts import UnitCounts
from annotation.domain.labels import Codes, LabelTable, Level, Vector, sum_by


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnLabels:
    """The compared labels of a table, to be weighted by how often their annotators are drawn.

    `item`, `annotator`, `value` have one entry a label; `cell` numbers the pairs of item and value that occur.
    """

    item: Codes
    annotator: Codes
    value: Codes
    cell: Codes
    item_of_cell: Codes
    annotators: int
    positions: Vector
    level: Level

    @classmethod
    def of(cls, labels: LabelTable, *, level: Level) -> DrawnLabels:
        """Take the labels of items that two annotators labelled."""
        kept = UnitCounts.of(labels).kept
        _, item = np.unique(labels.item[kept], return_inverse=True)
        value = labels.value[kept]
        cells, cell = np.unique(item * len(labels.values) + value, return_inverse=True)
        return cls(
            item=item,
            annotator=labels.annotator[kept],
            value=value,
            cell=cell,
            item_of_cell=cells // len(labels.values),
            annotators=len(labels.annotators),
            positions=labels.relative_positions(level),
            level=level,
        )

    def pairwise(self, drawn: Vector) -> float:
        """Return pairwise agreement where each annotator counts as often as drawn, shape (annotators,)."""
        weights = drawn[self.annotator]
        total, copies = self._sizes(weights)
        pairs = float((total**2 - copies).sum())
        return float((self._same(weights) - copies).sum()) / pairs if pairs else np.nan

    def alpha(self, drawn: Vector) -> float:
        """Return alpha where each annotator counts as often as drawn."""
        weights = drawn[self.annotator]
        total, copies = self._sizes(weights)
        pairs = total**2 - copies
        compared = pairs > 0
        weights = np.where(compared[self.item], weights, 0.0)
        count = float(weights.sum())
        expected = self._differing_anywhere(weights) / max(count**2 - float((weights**2).sum()), 1.0)
        if expected <= 0:
            return np.nan
        differing = self._differing(weights, total=total)[compared]
        observed = float((total[compared] * differing / pairs[compared]).sum()) / count
        return 1 - observed / expected

    def _sizes(self, weights: Vector) -> tuple[Vector, Vector]:
        total = sum_by(self.item, weights)
        return total, sum_by(self.item, weights**2)

    def _same(self, weights: Vector) -> Vector:
        in_cells = sum_by(self.cell, weights)
        return sum_by(self.item_of_cell, in_cells**2)

    def _places(self, weights: Vector) -> Vector:
        """Return where each label stands, about the mean."""
        positions = self.positions
        if self.level is Level.ORDINAL:
            positions = mid_ranks(sum_by(self.value, weights, size=len(positions)))
        places = positions[self.value]
        return np.asarray(places - np.average(places, weights=weights))

    def _differing(self, weights: Vector, *, total: Vector) -> Vector:
        """Return the difference of all pairs of each item."""
        if self.level is Level.NOMINAL:
            return total**2 - self._same(weights)
        places = self._places(weights)
        sums = sum_by(self.item, weights * places)
        squares = sum_by(self.item, weights * places**2)
        return np.asarray(2 * (total * squares - sums**2))

    def _differing_anywhere(self, weights: Vector) -> float:
        """Return the difference of all pairs of labels, of the same item or not."""
        count = float(weights.sum())
        if not count:
            return 0.0
        totals = sum_by(self.value, weights)
        if np.count_nonzero(totals) < 2:
            return 0.0
        if self.level is Level.NOMINAL:
            return count**2 - float((totals**2).sum())
        return 2 * count * float(weights @ self._places(weights) ** 2)
