"""Which claim is most worth a person's verdict, how random draws stand beside it, and what that says later."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from feedback_mining.domain.estimates import Reviewed

Key = TypeVar("Key", bound=Hashable)
# One verdict in five is on a claim or a silence that was drawn at random: enough for honest figures, and few
# enough that most of the work goes where it changes most.
AUDIT_SHARE = 0.2
# Of the random draws, how many are of messages in which no detector found anything: recall hangs on those.
SILENCE_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """How a message came before its reviewer.

    `arm` is value, audit or free (the reviewer came across it). `weight` is 1 over the probability of a random draw
    among its like: the claims of one criterion, or the silent messages. `value` is what the verdict was worth.
    """

    arm: str = "free"
    weight: float = 1.0
    value: float = 0.0


FREELY_CHOSEN = Draw()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedClaim:
    """A claim's newest verdict, with the draw that first brought it up and its place among all draws in time."""

    order: int
    is_true: bool
    draw: Draw


def worth(probability: float, *, reach: int) -> float:
    """Return how much a verdict is worth: 4p(1 − p), which is 1 where nobody knows, times what hangs on it."""
    return 4 * probability * (1 - probability) * max(1, reach)


def as_sample(claims: Mapping[Key, ReviewedClaim]) -> dict[Key, Reviewed]:
    """Return reviewed claims as a sample: random draws with their weights, all others for themselves alone.

    A random draw that the order of value came past later would have been reviewed anyway, so it stands for itself
    alone as well; else the claims that are worth most would count twice. That order goes across all criteria and
    detectors, so their claims come together.
    """
    known = sorted(claims.items(), key=lambda item: item[1].order)
    stands = _stand_for_others([claim for _key, claim in known])
    return {
        key: Reviewed(is_true=claim.is_true, weight=claim.draw.weight if for_others else None)
        for (key, claim), for_others in zip(known, stands, strict=True)
    }


def _stand_for_others(claims: Sequence[ReviewedClaim]) -> list[bool]:
    """Tell of each claim, in the order of time, whether it was drawn at random and the order never reached it."""
    lowest = float("inf")
    stands: list[bool] = []
    for claim in reversed(claims):
        stands.append(claim.draw.arm == "audit" and claim.draw.value < lowest)
        if claim.draw.arm == "value":
            lowest = min(lowest, claim.draw.value)
    return stands[::-1]
