"""How often each item got each value: what every coefficient of many annotators is computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from annotation.domain.figures import Undefined
from annotation.domain.labels import Codes, LabelTable, Vector


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnitCounts:
    """Items with at least two labels.

    `counts` has the shape (items, values) and is sparse, so that memory grows with the labels alone; `sizes` is the
    number of labels of each item. `kept` marks the labels of the table that are counted here.
    """

    counts: sparse.csr_array
    sizes: Vector
    kept: Codes

    @classmethod
    def of(cls, labels: LabelTable) -> UnitCounts:
        """Count the labels of the items that two annotators labelled."""
        per_item = labels.labels_per_item()
        paired = np.flatnonzero(per_item >= 2)
        place = np.full(len(per_item), -1, dtype=np.intp)
        place[paired] = np.arange(len(paired))
        kept = np.flatnonzero(place[labels.item] >= 0)
        cells = (place[labels.item[kept]], labels.value[kept])
        shape = (len(paired), len(labels.values))
        counts = sparse.coo_array((np.ones(len(kept)), cells), shape=shape).tocsr()
        return cls(counts=counts, sizes=per_item[paired].astype(float), kept=kept)

    @property
    def agreeing(self) -> Vector:
        """Ordered pairs of equal labels of each item."""
        return np.asarray(self.counts.multiply(self.counts).sum(axis=1)).ravel() - self.sizes

    @property
    def pairs(self) -> Vector:
        """Ordered pairs of labels of each item."""
        return self.sizes * (self.sizes - 1)

    def why_nothing(self, labels: LabelTable) -> Undefined | None:
        """Return why no two labels can be compared, or None where they can."""
        if len(self.sizes):
            return None
        if not len(labels):
            return Undefined("Undefined because no row holds a label.")
        if len(labels.annotators) == 1:
            return Undefined("Undefined because there is one annotator, and agreement takes two.")
        return Undefined(
            "Undefined because no item was labelled by two annotators. Give some items to two of them."
        )
