"""What several people's verdicts on one pair amount to."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum


class Decision(StrEnum):
    """What people decided about a proposed pair."""

    UNJUDGED = "unjudged"
    CONFIRMED = "confirmed"
    REVERSED = "reversed"
    UNDECIDED = "undecided"
    BOTH_BAD = "both_bad"


def decide(votes: Iterable[str]) -> Decision:
    """Decide by plurality among the votes `chosen`, `rejected`, `tie` and `both_bad`.

    No vote leaves the pair unjudged. A draw for the most votes, or a plurality of ties, leaves it undecided.
    """
    counts = Counter(votes)
    if not counts:
        return Decision.UNJUDGED
    (first, most), *others = counts.most_common()
    if others and others[0][1] == most:
        return Decision.UNDECIDED
    return {"chosen": Decision.CONFIRMED, "rejected": Decision.REVERSED, "both_bad": Decision.BOTH_BAD}.get(
        first, Decision.UNDECIDED
    )


def vote_on_pair(outcome: str, *, chosen_is_a: bool) -> str:
    """Translate a comparison's outcome (a, b, tie, both_bad) into a vote on the pair."""
    if outcome not in ("a", "b"):
        return outcome
    return "chosen" if (outcome == "a") == chosen_is_a else "rejected"


def agreement_of(votes: Iterable[str]) -> float | None:
    """Return the share of the votes behind the one that most gave, None without votes."""
    counts = Counter(votes)
    return max(counts.values()) / counts.total() if counts else None
