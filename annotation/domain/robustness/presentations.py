"""Judgements of the same items under several presentations, as a table of items by presentations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """One judgement, from 0 to 1 (a choice: 1 for a, ½ for a tie, 0 for b), and how its question was put.

    settings: dimension → level, as in {"order": "a first", "scale": "1–7"}; system: what is compared, if anything.
    """

    item: str
    value: float
    settings: Mapping[str, str]
    system: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentations:
    """values: shape (units, variants), NaN where a unit was not judged so; a unit is an item of a system.

    levels: shape (variants, dimensions), the number of each dimension's level; item, system: a number a unit.
    """

    values: FloatArray
    levels: IntArray
    item: IntArray
    system: IntArray
    dimensions: tuple[str, ...]
    level_names: tuple[tuple[str, ...], ...]
    systems: tuple[str, ...]
    left_out: int = 0


def rescaled(value: float, *, low: float, high: float) -> float:
    """Return where a rating lies on its scale, from 0 to 1; a descending scale has low above high.

    Raises ValueError for a rating beyond its scale, and for a scale without width.
    """
    if low == high:
        raise ValueError(f"A scale from {low:g} to {high:g} has no width.")
    place = (value - low) / (high - low)
    if not 0 <= place <= 1:
        raise ValueError(f"{value:g} lies beyond its scale from {low:g} to {high:g}.")
    return place


def presentations_of(judged: Sequence[Presented]) -> Presentations:
    """Arrange judgements; several of one unit and presentation are averaged.

    Only units that were judged in every presentation are kept, else presentations would be compared by their items.
    """
    dimensions = tuple(sorted({name for each in judged for name in each.settings}))
    variants = sorted({_variant(each, dimensions) for each in judged})
    units = sorted({(each.system, each.item) for each in judged})
    sums, counts = np.zeros((len(units), len(variants))), np.zeros((len(units), len(variants)))
    row = {unit: at for at, unit in enumerate(units)}
    column = {variant: at for at, variant in enumerate(variants)}
    for each in judged:
        cell = row[each.system, each.item], column[_variant(each, dimensions)]
        sums[cell] += each.value
        counts[cell] += 1
    complete = counts.all(axis=1)
    names = tuple(tuple(sorted({variant[at] for variant in variants})) for at in range(len(dimensions)))
    systems, system = _numbered([unit[0] for unit in units])
    _, item = _numbered([unit[1] for unit in units])
    return Presentations(
        values=sums[complete] / counts[complete],
        levels=_levels(variants, names),
        item=item[complete],
        system=system[complete],
        dimensions=dimensions,
        level_names=names,
        systems=systems,
        left_out=int((~complete).sum()),
    )


def _variant(each: Presented, dimensions: Sequence[str]) -> tuple[str, ...]:
    return tuple(each.settings.get(name, "") for name in dimensions)


def _levels(variants: Sequence[tuple[str, ...]], names: Sequence[tuple[str, ...]]) -> IntArray:
    rows = [[names[at].index(level) for at, level in enumerate(variant)] for variant in variants]
    return np.array(rows, dtype=np.int64).reshape(len(variants), len(names))


def _numbered(names: Sequence[str]) -> tuple[tuple[str, ...], IntArray]:
    distinct = tuple(sorted(set(names)))
    place = {name: at for at, name in enumerate(distinct)}
    return distinct, np.array([place[name] for name in names], dtype=np.int64)
