"""Whether probabilities come true: reliability bins, calibration errors and the Brier score with its parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from curation.domain.versions.intervals import Interval, score_interval

BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """What lies together in probability: what was claimed on average, and how often it was so."""

    claimed: float
    observed: float
    count: int

    @property
    def interval(self) -> Interval:
        """Return Wilson's 95 % interval of the observed share."""
        return score_interval(self.observed, n=self.count)

    @property
    def gap(self) -> float:
        """Return how far claim and outcome lie apart."""
        return abs(self.claimed - self.observed)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrierParts:
    """The mean squared error of probabilities = reliability − resolution + uncertainty + within. Murphy 1973.

    reliability: how far bins are from what they claim (0 is best); resolution: how far they are from the overall
    share (more is better); uncertainty: what nobody can help; within: what bins of unequal probabilities leave over
    (Stephenson et al. 2008).
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float

    @property
    def within(self) -> float:
        """Return what is left over, 0 where each bin holds one probability."""
        return self.score - (self.reliability - self.resolution + self.uncertainty)


def reliability(
    probabilities: Sequence[float], outcomes: Sequence[float], *, bins: int = BINS
) -> list[ReliabilityBin]:
    """Return the bins of a reliability chart, of equal width, without empty ones; outcomes lie in [0, 1]."""
    members: list[list[tuple[float, float]]] = [[] for _ in range(bins)]
    for probability, outcome in zip(probabilities, outcomes, strict=True):
        members[min(int(probability * bins), bins - 1)].append((probability, float(outcome)))
    return [_bin(each) for each in members if each]


def calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Return the expected calibration error (ECE): the gaps of bins by their sizes; 0 without bins."""
    total = sum(each.count for each in bins)
    return fsum(each.count * each.gap for each in bins) / total if total else 0.0


def average_calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Return the ACE: the mean gap of bins, each counting the same; 0 without bins."""
    return fsum(each.gap for each in bins) / len(bins) if bins else 0.0


def maximum_calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Return the MCE: the largest gap; 0 without bins."""
    return max((each.gap for each in bins), default=0.0)


def brier_parts(probabilities: Sequence[float], outcomes: Sequence[float], *, bins: int = BINS) -> BrierParts:
    """Return the Brier score and its parts over bins of equal width; raises ValueError without probabilities."""
    if not len(probabilities):
        raise ValueError("A Brier score needs at least one probability.")
    total = len(probabilities)
    share = fsum(outcomes) / total
    filled = reliability(probabilities, outcomes, bins=bins)
    squares = ((one - float(other)) ** 2 for one, other in zip(probabilities, outcomes, strict=True))
    return BrierParts(
        score=fsum(squares) / total,
        reliability=fsum(each.count * each.gap**2 for each in filled) / total,
        resolution=fsum(each.count * (each.observed - share) ** 2 for each in filled) / total,
        # share · (1 − share) where every outcome is yes or no.
        uncertainty=fsum((float(outcome) - share) ** 2 for outcome in outcomes) / total,
    )


def _bin(members: Sequence[tuple[float, float]]) -> ReliabilityBin:
    return ReliabilityBin(
        claimed=sum(probability for probability, _ in members) / len(members),
        observed=sum(outcome for _, outcome in members) / len(members),
        count=len(members),
    )
