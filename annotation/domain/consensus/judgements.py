"""Judgements as labels or as orders, whichever a method reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

    @cached_property
    def comparisons(self) -> LabelTable:
        """Each two responses that somebody compared as an item, with the labels a, b and tie of their one order."""
        return label_table(
            LabelRow(pair_name(each.item, one, other), each.annotator, label)
            for each in self.orders
            for one, other, label in _outcomes(each.order)
        )


def _outcomes(order: Order) -> Iterator[tuple[str, str, str]]:
    """Yield each two responses in the order of their names, and what an order says of them."""
    for one, other, won in order.pairs():
        pair = ordered_pair(one, other, label="a" if won == 1 else "tie")
        yield pair.first, pair.second, pair.label or "tie"


def _order(row: JudgementRow, *, label: str) -> Order:
    return order_of_pair(*row.sides, outcome=label) if row.sides else parse_order(label)


def pair_name(item: str, first: str, second: str) -> str:
    """Return what a pair of an item's responses is called where it is an item of its own."""
    return f"{item}: {first} | {second}"


def sides_of(item: str) -> tuple[str, list[str]]:
    """Return the item that a pair's name begins with, and the two responses where it names them."""
    name, _, pair = item.partition(": ")
    return name, pair.split(" | ") if pair else []


def _label_row(row: JudgementRow) -> LabelRow:
    if row.sides is None:
        return LabelRow(row.item, row.annotator, row.label, row.gap)
    pair = ordered_pair(*row.sides, label=row.label)
    return LabelRow(pair_name(row.item, pair.first, pair.second), row.annotator, pair.label, row.gap)
