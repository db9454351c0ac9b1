"""Judgements as labels or as orders, whichever a method reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from annotation.domain.agreement.pair_order import ordered_pair
from annotation.domain.consensus.orders import JudgedOrder, Order, once_each, order_of_pair, parse_order
from annotation.domain.labels import LabelRow, LabelTable, Level, label_table, require_scale


@dataclass(frozen=True, slots=True)
class JudgementRow:
    """One judgement: a label, or None and the reason; `sides` are the two responses where it is about a pair."""

    item: str
    annotator: str
    label: str | None
    gap: str = ""
    sides: tuple[str, str] | None = None


@dataclass(frozen=True)
class Judgements:
    """All judgements, in the order in which they were given."""

    rows: Sequence[JudgementRow]

    @cached_property
    def labels(self) -> LabelTable:
        """The judgements as labels; a pair in one order is an item of its own."""
        return label_table(_label_row(row) for row in self.rows)

    @cached_property
    def ratings(self) -> LabelTable:
        """The judgements as numbers; raises LabelTableError where a label is none."""
        require_scale(self.labels.values, level=Level.INTERVAL)
        return self.labels

    @cached_property
    def orders(self) -> list[JudgedOrder]:
        """The judgements as orders of an item's responses; raises LabelTableError where a label is none."""
        return once_each(
            JudgedOrder(row.item, row.annotator, _order(row, label=row.label))
            for row in self.rows
            if row.label is not None
        )[0]


def _order(row: JudgementRow, *, label: str) -> Order:
    return order_of_pair(*row.sides, outcome=label) if row.sides else parse_order(label)


def pair_name(item: str, first: str, second: str) -> str:
    """Return what a pair of an item's responses is called where it is an item of its own."""
    return f"{item}: {first} | {second}"


def _label_row(row: JudgementRow) -> LabelRow:
    if row.sides is None:
        return LabelRow(row.item, row.annotator, row.label, row.gap)
    pair = ordered_pair(*row.sides, label=row.label)
    return LabelRow(pair_name(row.item, pair.first, pair.second), row.annotator, pair.label, row.gap)
