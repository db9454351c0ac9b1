"""Who beats whom by majority, what cycles there are in it, and the order that ranked pairs make of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, connected_components

from annotation.domain.consensus.orders import Order

Graph = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Duels:
    """`wins[i, j]` votes put response i above j, a tie half a vote for either, shape (responses, responses)."""

    names: tuple[str, ...]
    wins: NDArray[np.float64]

    @classmethod
    def of(cls, orders: Iterable[Order]) -> Duels:
        """Count the duels of these orders."""
        orders = list(orders)
        names = tuple(sorted({name for order in orders for name in order.names}))
        place = {name: at for at, name in enumerate(names)}
        wins = np.zeros((len(names), len(names)))
        for order in orders:
            for one, other, won in order.pairs():
                wins[place[one], place[other]] += won
                wins[place[other], place[one]] += 1 - won
        return cls(names=names, wins=wins)

    @property
    def margins(self) -> NDArray[np.float64]:
        """By how many votes each response beats each other one; negative where it loses."""
        return np.asarray(self.wins - self.wins.T)

    def share(self, one: int, other: int) -> float:
        """Return the share of votes that put one above the other, one half where nobody compared them."""
        votes = self.wins[one, other] + self.wins[other, one]
        return float(self.wins[one, other] / votes) if votes else 0.5


def majority_cycles(duels: Duels) -> list[tuple[str, ...]]:
    """Return a shortest cycle of each group of responses that beat each other in a circle."""
    beats = duels.margins > 0
    count, group_of = connected_components(sparse.csr_array(beats), directed=True, connection="strong")
    found = []
    for group in range(count):
        members = np.flatnonzero(group_of == group)
        if len(members) > 1:
            cycle = min((_cycle_from(int(start), beats=beats) for start in members), key=len)
            found.append(tuple(duels.names[at] for at in cycle))
    return found


def ranked_pairs(duels: Duels) -> Order:
    """Return the order of Tideman 1987: majorities are kept from the largest down, unless they close a circle.

    Majorities of one size are weighed together, and those of them that close a circle are all left out, so that no
    name decides. Responses that nothing kept puts apart are tied.
    """
    kept = np.zeros(duels.wins.shape, dtype=bool)
    for edges in _by_size(duels):
        tried = kept.copy()
        tried[tuple(zip(*edges, strict=True))] = True
        circles = connected_components(sparse.csr_array(tried), directed=True, connection="strong")[1]
        for one, other in edges:
            kept[one, other] = circles[one] != circles[other]
    return Order(tuple(_tiers(duels.names, kept=kept)))


def _by_size(duels: Duels) -> list[list[tuple[int, int]]]:
    """Return the majorities in groups of equal size, the largest first."""
    margins = duels.margins
    won = sorted(
        ((float(margins[at]), at) for at in zip(*np.nonzero(margins > 0), strict=True)), reverse=True
    )
    return [
        [(int(one), int(other)) for _, (one, other) in group]
        for _, group in groupby(won, key=lambda each: each[0])
    ]


def _tiers(names: Sequence[str], *, kept: Graph) -> list[tuple[str, ...]]:
    """Return again and again those that nothing left beats."""
    left, tiers = np.arange(len(names)), []
    while len(left):
        unbeaten = ~kept[np.ix_(left, left)].any(axis=0)
        tiers.append(tuple(names[at] for at in left[unbeaten]))
        left = left[~unbeaten]
    return tiers


def _cycle_from(start: int, *, beats: Graph) -> list[int]:
    """Return the shortest way along majorities from a response back to itself."""
    reached, before = breadth_first_order(sparse.csr_array(beats), start, directed=True)
    # The first reached that beats the start closes the shortest circle.
    last = next(int(at) for at in reached if beats[at, start])
    way = [last]
    while way[-1] != start:
        way.append(int(before[way[-1]]))
    return way[::-1]
