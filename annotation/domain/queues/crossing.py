"""Two protocols on the same items: half of the items meet the one first, half the other, by person and item."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from annotation.domain.queues.ordering import drawn

Item = TypeVar("Item", int, str)


def arms_of(items: Iterable[Item], *, seed: str) -> Mapping[Item, int]:
    """Return the arm of each item, 0 or 1, in an order that chance draws: as many of the one as of the other."""
    shuffled = sorted(items, key=lambda item: drawn(seed, "arm", item))
    return {item: place % 2 for place, item in enumerate(shuffled)}


def arm_begun_with(*, protocol: int, person: int) -> int:
    """Return the arm whose items this person meets under this protocol first: 0 is the first, 1 the second.

    Each person meets each protocol first on half of the items, and of the people whose numbers follow each other
    half meet an item the one way and half the other.
    """
    return (protocol + person) % 2
