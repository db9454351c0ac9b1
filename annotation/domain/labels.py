"""Labels that annotators gave to items, as arrays that statistics are computed from."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotation.domain.label_tables import LabelTableError, as_whole, number_in, shown

Codes: TypeAlias = NDArray[np.intp]
Vector: TypeAlias = NDArray[np.float64]


class Level(StrEnum):
    """What may be said about two labels: the same or not, more or less, or how far apart."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One label as it came: None where there is none, whose `gap` is the reason then."""

    item: str
    annotator: str
    label: str | None
    gap: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelTable:
    """At most one label for each item and annotator.

    `item`, `annotator` and `value` have one entry a label and index the names. An annotator's first label of an item
    counts; what the same annotator said of it later is kept in `repeats`, as pairs of value codes. `line` says where
    a value first stood, for messages.
    """

    items: tuple[str, ...]
    annotators: tuple[str, ...]
    values: tuple[str, ...]
    item: Codes
    annotator: Codes
    value: Codes
    repeats: tuple[tuple[int, int], ...] = ()
    missing: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.value)

    def labels_per_item(self) -> Codes:
        """Return how many labels each item has, shape (items,)."""
        return np.bincount(self.item, minlength=len(self.items))

    def positions(self, level: Level) -> Vector:
        """Return where each value stands on the scale: its number at interval level, else its place in the order."""
        if level is Level.INTERVAL:
            return np.array([_number(value) for value in self.values], dtype=float)
        return np.arange(len(self.values), dtype=float)

    def relative_positions(self, level: Level) -> Vector:
        """Return the positions from 0 to 1: coefficients know no unit, and squares of huge numbers overflow."""
        positions = self.positions(level)
        if not len(positions):
            return positions
        positions = positions / max(1.0, float(np.abs(positions).max()))
        return np.asarray((positions - positions.min()) / (np.ptp(positions) or 1.0))


def sum_by(codes: Codes, weights: Vector, *, size: int = 0) -> Vector:
    """Return the sum of the weights of each code, from 0 to at least size − 1."""
    return np.asarray(np.bincount(codes, weights=weights, minlength=size), dtype=float)


def label_table(rows: Iterable[LabelRow], *, order: Sequence[str] = ()) -> LabelTable:
    """Return the labels of these rows; values are in the order given, else by number, else by name.

    Raises LabelTableError for a label that a given order does not name.
    """
    items: dict[str, int] = {}
    annotators: dict[str, int] = {}
    first: dict[tuple[int, int], str] = {}
    repeats: list[tuple[str, str]] = []
    missing: Counter[str] = Counter()
    for row in rows:
        cell = (items.setdefault(row.item, len(items)), annotators.setdefault(row.annotator, len(annotators)))
        if row.label is None:
            missing[row.gap] += 1
        elif cell in first:
            repeats.append((first[cell], row.label))
        else:
            first[cell] = row.label
    values = _ordered({*first.values(), *(again for _, again in repeats)}, order=order)
    place = {value: code for code, value in enumerate(values)}
    cells = np.array(list(first), dtype=np.intp).reshape(-1, 2)
    return LabelTable(
        items=tuple(items),
        annotators=tuple(annotators),
        values=values,
        item=cells[:, 0],
        annotator=cells[:, 1],
        value=np.array([place[label] for label in first.values()], dtype=np.intp),
        repeats=tuple((place[one], place[other]) for one, other in repeats),
        missing=missing,
    )


def require_scale(values: Collection[str], *, level: Level, order: Sequence[str] = ()) -> None:
    """Raise LabelTableError where labels have no order, or no distances, and the level needs them."""
    if level is Level.NOMINAL or (order and level is Level.ORDINAL):
        return
    words = sorted(value for value in values if number_in(value) is None)
    if not words:
        return
    way_out = "Use --level nominal"
    if level is Level.ORDINAL:
        way_out += ", or name the labels from least to most with --order low,middle,high"
    raise LabelTableError(
        f"At the level {level} labels are numbers, and {shown(words[0])} is none."
        f" {way_out}; where it stands for a missing label, say so with --missing {words[0][:40]}."
    )


def one_spelling(labels: Iterable[str | None]) -> list[str | None]:
    """Return labels with whole numbers written one way: 3.0, as tables with gaps write it, is 3."""
    return [as_whole(label) if label is not None else None for label in labels]


def _ordered(values: Collection[str], *, order: Sequence[str]) -> tuple[str, ...]:
    if order:
        if unknown := sorted(set(values) - set(order)):
            raise LabelTableError(
                f"The order names no label {shown(unknown[0])}, which stands in the table."
                f" Name all of them with --order, from least to most; found: {', '.join(sorted(values)[:20])}."
            )
        return tuple(order)
    if all(number_in(value) is not None for value in values):
        return tuple(sorted(values, key=lambda value: (float(value), value)))
    return tuple(sorted(values))


def _number(value: str) -> float:
    number = number_in(value)
    if number is None:
        require_scale([value], level=Level.INTERVAL)
        raise ValueError(value)
    return number
