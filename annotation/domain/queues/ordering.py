"""The order in which tasks are asked: as they come, by a chance that stays the same, or the most telling first."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from hashlib import sha256

# Priorities are whole numbers of four bytes.
SCALE = 1_000_000
MOST = 2_000 * SCALE
# Of careful reading: half a minute to decide, and about so many characters a minute.
MINUTES_TO_DECIDE = 0.5
CHARACTERS_A_MINUTE = 1_500


class Order(StrEnum):
    """Which task comes first."""

    GIVEN = "given"
    RANDOM = "random"
    VALUE = "value"


def drawn(*words: object) -> float:
    """Return a number in [0, 1) that chance gives these words, and gives them again each time."""
    digest = sha256(" ".join(map(str, words)).encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48


def worth_of_pair(*, confidence: float, strength: float, characters: int) -> float:
    """Return how much a verdict on a proposed pair tells for a minute of reading.

    Uncertainty 1 - |2c - 1| of the proposal's confidence c, times the strength of its signal, over the minutes
    that reading and deciding take.
    """
    uncertainty = 1 - abs(2 * confidence - 1)
    return uncertainty * abs(strength) / (MINUTES_TO_DECIDE + characters / CHARACTERS_A_MINUTE)


def audited(names: Sequence[str], *, share: float, seed: str) -> set[str]:
    """Return the names that chance draws for the audit: about `share` of them, the same ones each time."""
    return {name for name in names if drawn(seed, "audit", name) < share}


def priorities(worths: Mapping[str, float], *, order: Order, audit: set[str], seed: str) -> Mapping[str, int]:
    """Return the priority of each name, the greatest first.

    What is audited is met where chance puts it: it takes the priority of a name that chance draws, so that any
    part of the queue that was worked through holds about the same share of it.
    """
    if order is Order.GIVEN:
        return dict.fromkeys(worths, 0)
    if order is Order.RANDOM:
        return {name: int(drawn(seed, "order", name) * SCALE) for name in worths}
    by_worth = {name: min(MOST, round(worth * SCALE)) for name, worth in worths.items()}
    ranked = sorted(by_worth.values())
    return {
        name: ranked[int(drawn(seed, "place", name) * len(ranked))] if name in audit else priority
        for name, priority in by_worth.items()
    }
