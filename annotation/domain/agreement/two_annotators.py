"""Coefficients of two annotators on the items that both labelled.

None builds a table of values by values, so that a scale may have any number of them.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np
from scipy import sparse

from annotation.domain.figures import Figure, Undefined
from annotation.domain.labels import Codes, LabelTable, Vector

_SAME = "both annotators gave every item that both labelled the same one value"


class Weights(StrEnum):
    """How much two differing labels disagree: fully, by their distance, or by its square."""

    NONE = "none"
    LINEAR = "linear"
    QUADRATIC = "quadratic"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnnotatorPair:
    """What two annotators, in the order of their names, said of the items that both labelled: value codes."""

    names: tuple[str, str]
    first: Codes
    second: Codes


# Pairs are looked for among so many annotators, those with most labels: their squares have to fit into memory.
MOST_ANNOTATORS = 2000


def annotator_pairs(labels: LabelTable, *, most: int | None = None) -> list[AnnotatorPair]:
    """Return every two annotators who share items, those who share most first, at most so many.

    Of more than MOST_ANNOTATORS, those with most labels are looked at.
    """
    by_annotator = _by_annotator(labels)
    return [_on_shared(labels, by_annotator, one, other) for one, other in _sharing(labels, most=most)]


def strangers(labels: LabelTable, *, met: Collection[AnnotatorPair]) -> list[AnnotatorPair]:
    """Return every two annotators who share no item, given those who do."""
    known = {pair.names for pair in met}
    nothing = np.zeros(0, dtype=np.intp)
    return [
        AnnotatorPair(names=names, first=nothing, second=nothing)
        for names in combinations(sorted(labels.annotators), 2)
        if names not in known
    ]


def count_annotator_pairs(labels: LabelTable) -> int:
    """Return how many pairs of annotators share items, among those who are looked at."""
    return int(sparse.triu(_shared_counts(labels), k=1).nnz)


def cohen_kappa(
    first: Codes, second: Codes, *, weights: Weights = Weights.NONE, positions: Vector | None = None
) -> Figure:
    """Return Cohen's kappa of two annotators, each with a habit of their own. Cohen 1960, 1968.

    `positions` says where each value stands, its code unless told otherwise; only weighted kappa asks.
    """
    if nothing := _why_nothing(first, second):
        return nothing
    place = np.arange(max(first.max(), second.max()) + 1.0) if positions is None else positions
    observed = _distance(place[first], place[second], weights=weights).mean()
    return 1 - float(observed) / _expected(place[first], place[second], weights=weights)


def scott_pi(first: Codes, second: Codes) -> Figure:
    """Return Scott's pi of two annotators, whose habits are taken to be one. Scott 1955."""
    if nothing := _why_nothing(first, second):
        return nothing
    both = np.concatenate([first, second]).astype(float)
    observed = float((first != second).mean())
    return 1 - observed / _expected(both, both, weights=Weights.NONE)


def _why_nothing(first: Codes, second: Codes) -> Undefined | None:
    if not len(first):
        return Undefined("Undefined because the two annotators share no item.")
    if (first == first[0]).all() and (second == first[0]).all():
        return Undefined(f"Undefined because {_SAME}, so agreement cannot be told from chance.")
    return None


def _distance(one: Vector, other: Vector, *, weights: Weights) -> Vector:
    if weights is Weights.NONE:
        return np.asarray(one != other, dtype=float)
    gap = np.asarray(np.abs(one - other), dtype=float)
    return gap if weights is Weights.LINEAR else np.asarray(gap**2)


def _expected(one: Vector, other: Vector, *, weights: Weights) -> float:
    """Return the mean distance of a label of one from a label of the other, drawn apart."""
    ones, one_counts = np.unique(one, return_counts=True)
    others, other_counts = np.unique(other, return_counts=True)
    if weights is Weights.NONE:
        _, left, right = np.intersect1d(ones, others, assume_unique=True, return_indices=True)
        same = float(one_counts[left].astype(float) @ other_counts[right])
        return 1 - same / (len(one) * len(other))
    if weights is Weights.QUADRATIC:
        return float(one.var() + other.var() + (one.mean() - other.mean()) ** 2)
    # ∫ F(1 − G) + G(1 − F): the mean absolute difference of two independent draws, in time n log n.
    grid = np.union1d(ones, others)
    below_one = np.searchsorted(np.sort(one), grid[:-1], side="right") / len(one)
    below_other = np.searchsorted(np.sort(other), grid[:-1], side="right") / len(other)
    return float(np.diff(grid) @ (below_one * (1 - below_other) + below_other * (1 - below_one)))


def _by_annotator(labels: LabelTable) -> list[tuple[Codes, Codes]]:
    """Return for each annotator the items, sorted, and their values."""
    order = np.lexsort((labels.item, labels.annotator))
    ends = np.cumsum(np.bincount(labels.annotator, minlength=len(labels.annotators)))[:-1]
    return list(zip(np.split(labels.item[order], ends), np.split(labels.value[order], ends), strict=True))


def _on_shared(
    labels: LabelTable, by_annotator: list[tuple[Codes, Codes]], one: int, other: int
) -> AnnotatorPair:
    items, values = by_annotator[one]
    other_items, other_values = by_annotator[other]
    _, left, right = np.intersect1d(items, other_items, assume_unique=True, return_indices=True)
    first, second = labels.annotators[one], labels.annotators[other]
    if first <= second:
        return AnnotatorPair(names=(first, second), first=values[left], second=other_values[right])
    return AnnotatorPair(names=(second, first), first=other_values[right], second=values[left])


def _shared_counts(labels: LabelTable) -> sparse.csr_array:
    shape = (len(labels.annotators), len(labels.items))
    given = np.bincount(labels.annotator, minlength=shape[0])
    is_busy = np.zeros(shape[0], dtype=bool)
    is_busy[np.argsort(-given, kind="stable")[:MOST_ANNOTATORS]] = True
    counted = is_busy[labels.annotator]
    cells = (labels.annotator[counted], labels.item[counted])
    seen = sparse.csr_array((np.ones(len(cells[0])), cells), shape=shape)
    return (seen @ seen.T).tocsr()


def _sharing(labels: LabelTable, *, most: int | None) -> Iterator[tuple[int, int]]:
    shared = sparse.triu(_shared_counts(labels), k=1).tocoo()
    order = np.lexsort((shared.col, shared.row, -shared.data))[:most]
    return zip(shared.row[order].tolist(), shared.col[order].tolist(), strict=True)
