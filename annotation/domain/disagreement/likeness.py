"""How alike two annotators judge, beyond what the items themselves bring about."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from annotation.domain.labels import LabelTable

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
MOST_FULL_CELLS = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgements:
    """Labels as arrays of one length: who said what of which item; the sizes say how many of each there are."""

    annotator: IntArray
    item: IntArray
    value: IntArray
    annotators: int
    items: int
    values: int

    def of_items(self, kept: NDArray[np.bool_]) -> "Judgements":
        """Return the labels of the items for which kept is true."""
        chosen = kept[self.item]
        return Judgements(
            annotator=self.annotator[chosen],
            item=self.item[chosen],
            value=self.value[chosen],
            annotators=self.annotators,
            items=self.items,
            values=self.values,
        )

    def shuffled(self, source: np.random.Generator) -> "Judgements":
        """Deal the labels of each item anew among those who gave them: items stay as they are, people mix."""
        dealt = np.lexsort((source.random(len(self.item)), self.item))
        places = np.argsort(self.item, kind="stable")
        value = np.empty_like(self.value)
        value[places] = self.value[dealt]
        return Judgements(
            annotator=self.annotator,
            item=self.item,
            value=value,
            annotators=self.annotators,
            items=self.items,
            values=self.values,
        )


def judgements_of(labels: LabelTable) -> Judgements:
    """Return labels as arrays of numbers."""
    return Judgements(
        annotator=labels.annotator.astype(np.int64),
        item=labels.item.astype(np.int64),
        value=labels.value.astype(np.int64),
        annotators=len(labels.annotators),
        items=len(labels.items),
        values=len(labels.values),
    )


def likeness(judged: Judgements) -> FloatArray:
    """Return the cosine, over items that both judged, of how two people depart from the items' own shares.

    Shape (annotators, annotators), 1 on the diagonal, 0 where two share no item. An item on which all agree says
    nothing, so easy items do not make everybody alike.
    """
    departures = _departures(judged)
    width = judged.items * judged.values
    spread = judged.item[:, None] * judged.values + np.arange(judged.values)
    who = np.repeat(judged.annotator, judged.values)
    together = _products(departures.ravel(), who, spread.ravel(), shape=(judged.annotators, width))
    seen = _matrix(np.ones(len(judged.item)), judged.annotator, judged.item, shape=_shape(judged))
    size = _matrix((departures**2).sum(axis=1), judged.annotator, judged.item, shape=_shape(judged))
    shared = _dense(size @ seen.T)
    scale = np.sqrt(shared * shared.T)
    alike = np.zeros_like(together)
    np.divide(together, scale, out=alike, where=scale > 1e-12)
    np.fill_diagonal(alike, 1.0)
    return np.asarray(np.clip(alike, -1.0, 1.0), dtype=np.float64)


def agreement_between(judged: Judgements) -> tuple[FloatArray, FloatArray]:
    """Return how many labels of two people are the same, and how many items both judged."""
    ones = np.ones(len(judged.item))
    place = judged.item * judged.values + judged.value
    shape = (judged.annotators, judged.items * judged.values)
    same = _products(ones, judged.annotator, place, shape=shape)
    return same, _products(ones, judged.annotator, judged.item, shape=_shape(judged))


def _shape(judged: Judgements) -> tuple[int, int]:
    return judged.annotators, judged.items


def _matrix(values: FloatArray, rows: IntArray, columns: IntArray, *, shape: tuple[int, int]) -> Any:
    """Return cells as a matrix, full where it is small: that is many times faster than a sparse one."""
    sparse = csr_array((values, (rows, columns)), shape=shape)
    return sparse.toarray() if shape[0] * shape[1] <= MOST_FULL_CELLS else sparse


def _products(values: FloatArray, rows: IntArray, columns: IntArray, *, shape: tuple[int, int]) -> FloatArray:
    matrix = _matrix(values, rows, columns, shape=shape)
    return _dense(matrix @ matrix.T)


def _dense(matrix: Any) -> FloatArray:
    full: FloatArray = matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
    return full


def _departures(judged: Judgements) -> FloatArray:
    """Return for each label its one-hot code minus the item's shares, shape (labels, values)."""
    counts = np.zeros((judged.items, judged.values))
    np.add.at(counts, (judged.item, judged.value), 1.0)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    departures: FloatArray = np.eye(judged.values)[judged.value] - shares[judged.item]
    return departures
