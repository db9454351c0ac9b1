"""Responses that nobody compared, not even through others: no figure can say which of them is better."""

from collections.abc import Iterable, Sequence

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from annotation.domain.consensus.orders import Order


def unreached(responses: Sequence[str], *, orders: Iterable[Order]) -> str:
    """Return a sentence about groups of responses between which there is no comparison, or nothing."""
    groups = compared_groups(responses, orders=orders)
    if len(groups) == 1:
        return ""
    shown = " | ".join(", ".join(group) for group in groups)
    return f"Never compared with each other, not even through others: {shown}."


def compared_groups(responses: Sequence[str], *, orders: Iterable[Order]) -> list[tuple[str, ...]]:
    """Return the responses in groups that comparisons connect."""
    place = {name: at for at, name in enumerate(responses)}
    edges = {
        (place[names[0]], place[name]) for names in (order.names for order in orders) for name in names[1:]
    }
    rows, columns = zip(*sorted(edges), strict=True) if edges else ((), ())
    graph = sparse.coo_array((np.ones(len(edges)), (rows, columns)), shape=(len(place), len(place)))
    count, group_of = connected_components(graph, directed=False)
    return [
        tuple(name for at, name in enumerate(responses) if group_of[at] == group) for group in range(count)
    ]
