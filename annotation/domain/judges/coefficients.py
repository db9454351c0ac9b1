"""Agreement of a judge with people from tables of counts, one table or thousands of drawn ones at once.

A table has people's values in its rows and the judge's in its columns; leading dimensions are drawings.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from annotation.domain.figures import Figure, Undefined
from annotation.domain.labels import Codes, Vector

Tables = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VerdictCounts:
    """How often each value of people met each of the judge, by the item that is drawn again."""

    by_item: sparse.csr_array
    values: int

    @classmethod
    def of(cls, *, item: Codes, human: Codes, judge: Codes, size: tuple[int, int]) -> "VerdictCounts":
        """Count rows; `size` is how many items and values there are."""
        items, values = size
        cell = human * values + judge
        shape = (items, values * values)
        counts = sparse.coo_array((np.ones(len(cell)), (item, cell)), shape=shape).tocsr()
        return cls(by_item=counts, values=values)

    def tables(self, weights: NDArray[np.float64]) -> Tables:
        """Return the tables of drawings, shape (drawings, values, values); weights have (drawings, items)."""
        return np.asarray(weights @ self.by_item).reshape(-1, self.values, self.values)

    def table(self) -> Tables:
        """Return the one table of all rows."""
        return np.asarray(self.by_item.sum(axis=0), dtype=float).reshape(self.values, self.values)


def agreements(tables: Tables) -> Vector:
    """Return the share of rows on which the judge says what people say; NaN without a row."""
    return _ratio(np.trace(tables, axis1=-2, axis2=-1), tables.sum(axis=(-2, -1)))


def kappas(tables: Tables) -> Vector:
    """Return Cohen's kappa; NaN where chance alone would agree in everything."""
    total = tables.sum(axis=(-2, -1))
    humans, judges = tables.sum(axis=-1), tables.sum(axis=-2)
    return _beyond(agreements(tables), _ratio((humans * judges).sum(axis=-1), total**2))


def pis(tables: Tables) -> Vector:
    """Return Scott's pi, which takes the habits of both sides for one."""
    total = tables.sum(axis=(-2, -1))
    both = tables.sum(axis=-1) + tables.sum(axis=-2)
    return _beyond(agreements(tables), _ratio((both**2).sum(axis=-1), 4 * total**2))


def weighted_kappas(tables: Tables, *, positions: Vector) -> Vector:
    """Return Cohen's kappa by squared distances between values, which stand at `positions`. Cohen 1968."""
    squares = (positions[:, None] - positions[None, :]) ** 2
    total = tables.sum(axis=(-2, -1))
    expected = np.einsum("...i,...j,ij->...", tables.sum(axis=-1), tables.sum(axis=-2), squares)
    return 1 - _ratio((tables * squares).sum(axis=(-2, -1)) * total, expected)


def nearnesses(tables: Tables, *, positions: Vector, reach: float) -> Vector:
    """Return the share of rows on which both sides stand no further apart than this; NaN without a row."""
    is_near = np.abs(positions[:, None] - positions[None, :]) <= reach + 1e-9
    return _ratio((tables * is_near).sum(axis=(-2, -1)), tables.sum(axis=(-2, -1)))


def shifts(tables: Tables, *, positions: Vector) -> Vector:
    """Return how far the judge's mean lies above people's; NaN without a row."""
    gaps = positions[None, :] - positions[:, None]
    return _ratio((tables * gaps).sum(axis=(-2, -1)), tables.sum(axis=(-2, -1)))


def rates(tables: Tables, *, good: int) -> tuple[Vector, Vector]:
    """Return how often the judge passes what people pass, and fails what they fail."""
    bad = 1 - good
    humans = tables.sum(axis=-1)
    return (
        _ratio(tables[..., good, good], humans[..., good]),
        _ratio(tables[..., bad, bad], humans[..., bad]),
    )


def leniencies(tables: Tables, *, good: int) -> Vector:
    """Return P+, how often the judge passes an answer when it does not go by the criterion.

    The model: with probability Pc it goes by the criterion, else it passes with P+. So the true positive rate is
    Pc + (1 − Pc) P+ and the true negative rate Pc + (1 − Pc)(1 − P+), whence P+ = (1 − TNR) / (2 − TPR − TNR); above
    one half is lenient. NaN for a judge without an error, and where people know one class only.
    """
    positive, negative = rates(tables, good=good)
    return _ratio(1 - negative, 2 - positive - negative)


def figure_of(value: float, *, reason: str) -> Figure:
    """Return a figure, or why there is none where it is NaN."""
    return Undefined(reason) if np.isnan(value) else float(value)


def _ratio(above: Vector, below: Vector) -> Vector:
    above, below = np.broadcast_arrays(np.asarray(above, dtype=float), np.asarray(below, dtype=float))
    found = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 1e-12)
    return np.asarray(found)


def _beyond(observed: Vector, expected: Vector) -> Vector:
    return _ratio(observed - expected, 1 - expected)
