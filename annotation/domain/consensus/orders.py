"""Orders of responses, best first: `r2 > r1 = r3` says that r2 is best and that the other two are tied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, product

from annotation.domain.label_tables import LabelTableError, shown

_BETTER, _TIED = ">", "="


@dataclass(frozen=True, slots=True)
class Order:
    """Responses in tiers, best first; those of one tier are tied."""

    tiers: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All responses, sorted by name."""
        return tuple(sorted(name for tier in self.tiers for name in tier))

    def pairs(self) -> list[tuple[str, str, float]]:
        """Return (one, other, share of the win that goes to the one): 1 where it is better, one half for a tie."""
        tied = [(one, other, 0.5) for tier in self.tiers for one, other in combinations(sorted(tier), 2)]
        better = [
            (one, other, 1.0)
            for above, below in combinations(self.tiers, 2)
            for one, other in product(above, below)
        ]
        return better + tied

    def __str__(self) -> str:
        return f" {_BETTER} ".join(f" {_TIED} ".join(sorted(tier)) for tier in self.tiers)


def parse_order(text: str) -> Order:
    """Return the order that a label writes out; raises LabelTableError for what is none."""
    tiers = tuple(tuple(name.strip() for name in tier.split(_TIED)) for tier in text.split(_BETTER))
    names = [name for tier in tiers for name in tier]
    if len(names) < 2 or not all(names):
        raise LabelTableError(
            f"{shown(text)} is no order of responses. Write the best first: r2 > r1 = r3, where = is a tie;"
            " or add the columns response_a and response_b with the labels a, b and tie."
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise LabelTableError(f"The order {shown(text)} names {shown(twice[0])} twice. Take one of them out.")
    return Order(tiers)


def order_of_pair(first: str, second: str, *, outcome: str) -> Order:
    """Return what a, b or tie says of two responses; raises LabelTableError for another label."""
    orders = {"a": ((first,), (second,)), "b": ((second,), (first,)), "tie": ((first, second),)}
    if outcome.casefold() not in orders:
        raise LabelTableError(
            f"The label {shown(outcome)} does not say which response is better. Known: a, b, tie."
        )
    return Order(orders[outcome.casefold()])


def order_by_strength(names: Sequence[str], strengths: Sequence[float], *, apart: float = 1e-9) -> Order:
    """Return responses by falling strength; neighbours closer than `apart` are tied."""
    ranked = sorted(zip(names, strengths, strict=True), key=lambda each: (-each[1], each[0]))
    tiers: list[list[str]] = [[ranked[0][0]]]
    for (_, above), (name, strength) in pairwise(ranked):
        if above - strength <= apart:
            tiers[-1].append(name)
        else:
            tiers.append([name])
    return Order(tuple(tuple(tier) for tier in tiers))


@dataclass(frozen=True, slots=True)
class JudgedOrder:
    """An order that an annotator gave some responses of an item."""

    item: str
    annotator: str
    order: Order


def once_each(orders: Iterable[JudgedOrder]) -> tuple[list[JudgedOrder], int]:
    """Return the first order of each annotator, item and set of responses, and how many later ones there were."""
    first: dict[tuple[str, str, tuple[str, ...]], JudgedOrder] = {}
    seen = 0
    for each in orders:
        seen += 1
        first.setdefault((each.item, each.annotator, each.order.names), each)
    return list(first.values()), seen - len(first)
