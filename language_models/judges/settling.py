"""What the rounds of a judge amount to: a win is what every one of them says alike."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from language_models.judges.contract import STRONGEST, Order, Outcome, Round, StrengthFrom


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """An outcome, how strong it is and by what, which step settled it, and how the votes fell."""

    outcome: Outcome
    strength: float | None = None
    strength_from: str = ""
    method: str = ""
    votes: Mapping[str, int] = field(default_factory=dict)


def settle(rounds: Sequence[Round], *, method: str = "") -> Settled:
    """Return what the two orders say together: a win only where both of them say it."""
    values = {each.value for each in rounds}
    if None in values or {each.order for each in rounds} != set(Order):
        return Settled(outcome=Outcome.UNREADABLE)
    if len(values) > 1:
        return Settled(outcome=Outcome.INCONSISTENT)
    (outcome,) = values
    strength, source = strength_of(rounds)
    return Settled(
        outcome=outcome or Outcome.UNREADABLE, strength=strength, strength_from=source, method=method
    )


def strength_of(rounds: Sequence[Round]) -> tuple[float | None, str]:
    """Return the mean strength of rounds, and where it comes from: chances where every round has them, else words."""
    odds = [each.log_odds for each in rounds if each.log_odds is not None]
    if odds and len(odds) == len(rounds):
        return clipped(sum(odds) / len(odds)), StrengthFrom.LOG_CHANCES
    words = [each.strength for each in rounds if each.strength is not None]
    if words and len(words) == len(rounds):
        return clipped(sum(words) / len(words)), StrengthFrom.WORDS
    return None, ""


def settle_by_vote(verdicts: Iterable[Outcome], *, method: str = "vote") -> Settled:
    """Return what most judges of a jury say: more than half of all of them, those without a verdict included.

    Where no side has so many the jury is split, and nobody has won. Where nobody could be read nothing is said.
    """
    said = list(verdicts)
    votes = Counter(str(each) for each in said)
    if not said or all(each is Outcome.UNREADABLE for each in said):
        return Settled(outcome=Outcome.UNREADABLE, votes=dict(votes))
    for side in (Outcome.A, Outcome.B, Outcome.TIE):
        if 2 * votes[side] > len(said):
            strength = STRONGEST * (votes[Outcome.A] - votes[Outcome.B]) / len(said)
            return Settled(
                outcome=side,
                strength=strength,
                strength_from=StrengthFrom.VOTES,
                method=method,
                votes=dict(votes),
            )
    return Settled(outcome=Outcome.INCONSISTENT, method="split", votes=dict(votes))


def clipped(strength: float) -> float:
    """Return a strength within the scale."""
    return max(-float(STRONGEST), min(float(STRONGEST), strength))
