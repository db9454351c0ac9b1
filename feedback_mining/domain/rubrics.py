"""A rubric that a project learned from its users' thumbs, and the score that it gives (SPUR, arXiv 2403.12388)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import pairwise
from json import dumps
from math import exp, log

from feedback_mining.domain.taxonomy import Polarity

# SPUR: each item that applies has an impact from 1 to 10.
MOST_IMPACT = 10
ITEMS_PER_POLARITY = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricItem:
    """One sign of satisfaction or dissatisfaction; `criterion` is the one of the taxonomy that it is nearest to."""

    name: str
    polarity: Polarity
    definition: str
    criterion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """Items of both polarities, and how their score becomes a probability of satisfaction.

    `threshold` is the score at which both are equally likely, `steepness` how fast the odds grow with it.
    """

    version: int
    items: tuple[RubricItem, ...]
    threshold: float = 0.0
    steepness: float = 0.5

    @property
    def digest(self) -> str:
        """Return what changes with any word or figure of the rubric."""
        words = dumps([asdict(item) for item in self.items], ensure_ascii=False)
        return sha256(f"{words} {self.threshold} {self.steepness}".encode()).hexdigest()[:10]

    def of(self, polarity: Polarity) -> tuple[RubricItem, ...]:
        """Return the items of a polarity."""
        return tuple(item for item in self.items if item.polarity is polarity)

    def satisfaction(self, score: float) -> float:
        """Return the probability that a user whose words have this score is satisfied."""
        return 1 / (1 + exp(-self.steepness * max(-60.0, min(60.0, score - self.threshold))))


def rubric_score(impacts: Mapping[str, float], *, rubric: Rubric) -> float:
    """Return R = Σ impacts of SAT items − Σ impacts of DSAT items."""
    signs = {item.name: 1 if item.polarity is Polarity.SAT else -1 for item in rubric.items}
    return sum(signs[name] * impact for name, impact in impacts.items() if name in signs)


def best_threshold(scores: Sequence[float], pleased: Sequence[bool]) -> float:
    """Return the middle between two scores that tells most users right; the lowest such of equals."""
    ordered = sorted(set(scores))
    if not ordered:
        return 0.0
    middles = [(left + right) / 2 for left, right in pairwise(ordered)]
    places = [ordered[0] - 0.5, *middles, ordered[-1] + 0.5]
    return max(places, key=lambda place: _right(scores, pleased, threshold=place))


def fitted_steepness(scores: Sequence[float], pleased: Sequence[bool], *, threshold: float) -> float:
    """Return the steepness under which the thumbs are likeliest, among a few; 0.5 where there is no thumb."""
    candidates = (0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2)
    if not scores:
        return 0.5
    return max(candidates, key=lambda each: _likelihood(scores, pleased, threshold, each))


def _right(scores: Iterable[float], pleased: Iterable[bool], *, threshold: float) -> int:
    return sum((score >= threshold) == is_pleased for score, is_pleased in zip(scores, pleased, strict=True))


def _likelihood(
    scores: Sequence[float], pleased: Sequence[bool], threshold: float, steepness: float
) -> float:
    shares = (1 / (1 + exp(-steepness * (score - threshold))) for score in scores)
    return sum(
        log(max(share if is_pleased else 1 - share, 1e-9))
        for share, is_pleased in zip(shares, pleased, strict=True)
    )
