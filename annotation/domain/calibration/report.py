"""A scorer against people: reliability, calibration errors and what chance alone would make of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from annotation.domain.figures import Range, Undefined, json_value
from curation.domain.versions.calibration import (
    BINS,
    BrierParts,
    ReliabilityBin,
    average_calibration_error,
    brier_parts,
    calibration_error,
    maximum_calibration_error,
    reliability,
)
from curation.domain.versions.intervals import Interval, wilson_interval

FloatArray: TypeAlias = NDArray[np.float64]
ROUNDS = 500
TORN = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a scorer claimed, and what people said: a probability, and an outcome of 0 or 1 or a share of people."""

    probability: float
    outcome: float
    group: str = ""

    def __post_init__(self) -> None:
        if not (0 <= self.probability <= 1 and 0 <= self.outcome <= 1):
            raise ValueError(f"{self.probability} and {self.outcome} do not both lie between 0 and 1.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The figures of one set of claims.

    expected_ece: what a perfectly calibrated scorer with the same probabilities shows on average, and the value
    that it exceeds in one case of twenty: bins of few items are never even.
    """

    count: int
    ece: float
    ace: float
    mce: float
    brier: BrierParts
    accuracy: float
    accuracy_interval: Interval | None
    expected_ece: tuple[float, float]
    bins: tuple[ReliabilityBin, ...]

    @property
    def is_off(self) -> bool:
        """Return whether the error is larger than chance makes it in 19 of 20 cases."""
        return self.ece > self.expected_ece[1]

    @property
    def sentence(self) -> str:
        """Return what this means for people."""
        claimed = sum(each.claimed * each.count for each in self.bins) / self.count
        observed = sum(each.observed * each.count for each in self.bins) / self.count
        if not self.is_off:
            return (
                f"An error of {self.ece:.3f} is no more than chance alone makes with {self.count} labels"
                f" (up to {self.expected_ece[1]:.3f}), so nothing speaks against these probabilities."
            )
        lean = "too high" if claimed > observed else "too low"
        return (
            f"These probabilities are off by {self.ece:.3f} on average, more than chance makes"
            f" ({self.expected_ece[1]:.3f}); taken together they are {lean}:"
            f" {claimed:.1%} claimed, {observed:.1%} observed."
        )

    def as_json(self) -> dict[str, Any]:
        """Return the figures as commands print them."""
        return {
            "count": self.count,
            "ece": self.ece,
            "ace": self.ace,
            "mce": self.mce,
            "brier": self.brier.score,
            "brier_parts": {
                name: getattr(self.brier, name)
                for name in ("reliability", "resolution", "uncertainty", "within")
            },
            "accuracy": self.accuracy,
            "accuracy_interval": json_value(_range(self.accuracy_interval)),
            "ece_by_chance": {"mean": self.expected_ece[0], "high": self.expected_ece[1]},
            "off": self.is_off,
            "sentence": self.sentence,
            "bins": [
                {
                    "claimed": each.claimed,
                    "observed": each.observed,
                    "interval": list(each.interval),
                    "count": each.count,
                }
                for each in self.bins
            ],
        }


def calibrate(claims: Sequence[Claim], *, bins: int = BINS, seed: int = 0) -> Calibration | Undefined:
    """Return how well claims come true, over bins of equal width."""
    if not claims:
        return Undefined("Undefined because no item has both a probability and a label.")
    probabilities = [claim.probability for claim in claims]
    outcomes = [claim.outcome for claim in claims]
    filled = reliability(probabilities, outcomes, bins=bins)
    right = sum(_is_right(claim) for claim in claims)
    return Calibration(
        count=len(claims),
        ece=calibration_error(filled),
        ace=average_calibration_error(filled),
        mce=maximum_calibration_error(filled),
        brier=brier_parts(probabilities, outcomes, bins=bins),
        accuracy=right / len(claims),
        # A torn claim is half right, so the count is rounded for the interval only.
        accuracy_interval=wilson_interval(round(right), len(claims)),
        expected_ece=_expected_ece(np.asarray(probabilities), bins=bins, seed=seed),
        bins=tuple(filled),
    )


def calibrate_groups(claims: Sequence[Claim], *, bins: int = BINS) -> Mapping[str, Calibration]:
    """Return the same for each group of claims that has a name."""
    groups: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.group:
            groups.setdefault(claim.group, []).append(claim)
    found = {name: calibrate(own, bins=bins) for name, own in sorted(groups.items())}
    return {name: each for name, each in found.items() if isinstance(each, Calibration)}


def claims_of_margins(margins: Sequence[float], *, seed: int = 0, group: str = "") -> list[Claim]:
    """Return claims σ(r_i − r_j) of a scorer about pairs, margins being chosen minus rejected.

    Each pair is taken in one order, drawn at random: both orders would force a symmetry that says nothing.
    """
    turned = np.random.default_rng(seed).random(len(margins)) < TORN
    return [
        Claim(probability=float(expit(-margin if turn else margin)), outcome=float(not turn), group=group)
        for margin, turn in zip(margins, turned, strict=True)
    ]


def _is_right(claim: Claim) -> float:
    if TORN in (claim.probability, claim.outcome):
        return 0.5
    return float((claim.probability > TORN) == (claim.outcome > TORN))


def _expected_ece(probabilities: FloatArray, *, bins: int, seed: int) -> tuple[float, float]:
    """Draw outcomes from the probabilities themselves, and return the mean and the 95 % quantile of their ECE."""
    source = np.random.default_rng(seed)
    place = np.minimum((probabilities * bins).astype(int), bins - 1)
    errors = np.empty(ROUNDS)
    for at in range(ROUNDS):
        drawn = source.random(len(probabilities)) < probabilities
        gaps = np.bincount(place, weights=probabilities - drawn, minlength=bins)
        errors[at] = np.abs(gaps).sum() / len(probabilities)
    return float(errors.mean()), float(np.quantile(errors, 0.95))


def _range(interval: Interval | None) -> Range:
    return interval or Undefined("Undefined because there are no items.")
