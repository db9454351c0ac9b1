"""What a detector's stated confidence is worth: its log-odds, moved by how often reviewed claims were right (Platt)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp, log
from typing import Any

import numpy as np
from scipy.optimize import minimize

from curation.domain.versions.calibration import calibration_error, reliability
from feedback_mining.domain.findings import Finding
from feedback_mining.domain.taxonomy import Polarity, polarity_of

# Of fewer reviewed claims of a polarity nothing is learned; its confidences stay as they are stated.
FEWEST_CLAIMS = 30
# How strongly both numbers are drawn to what leaves confidences as they are: as a few dozen claims would.
_PULL = 4.0
# A surer claim never becomes a less likely one.
_LEAST_SLOPE = 0.1
_FOLDS = 5
_BINS = 10
_LEAST = 1e-3


@dataclass(frozen=True, slots=True)
class ReviewedConfidence:
    """A claim with the confidence that was stated of it, whether people found it right, and its message."""

    polarity: Polarity
    stated: float
    is_right: bool
    message: int


@dataclass(frozen=True, slots=True)
class ConfidenceCurve:
    """Odds `slope` × stated log-odds + `offset`; the default leaves a confidence as it is."""

    slope: float = 1.0
    offset: float = 0.0

    def fitted(self, stated: float) -> float:
        """Return how likely a claim is right of which this was stated."""
        return 1 / (1 + exp(-(self.slope * _log_odds(stated) + self.offset)))

    def stated(self, fitted: float) -> float:
        """Return what was stated of a claim that came out so likely."""
        return 1 / (1 + exp(-(_log_odds(fitted) - self.offset) / self.slope))


AS_STATED = ConfidenceCurve()


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedConfidences:
    """The curves of the polarities of which enough was reviewed; `version` is the detector's that goes by them."""

    version: str = ""
    curves: Mapping[Polarity, ConfidenceCurve] = field(default_factory=dict)

    def applied(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return findings as likely as they turned out to be."""
        return [
            replace(each, probability=round(self.of(each.criterion).fitted(each.probability), 4))
            for each in findings
        ]

    def of(self, criterion: str) -> ConfidenceCurve:
        """Return the curve of a criterion."""
        return self.curves.get(polarity_of(criterion), AS_STATED)


AS_ALL_STATED = FittedConfidences()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What was learned of reviewed claims, and how stated and fitted confidences do on claims that were held out."""

    curves: Mapping[Polarity, ConfidenceCurve]
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def is_better(self) -> bool:
        """Tell whether the curves make held-out reviews likelier."""
        return bool(self.after["log_loss"] < self.before["log_loss"])


def learn_confidences(claims: Sequence[ReviewedConfidence]) -> Lesson | None:
    """Fit a curve for each polarity with enough reviewed claims; None where neither has.

    Claims of a message are held out together. That reviewers see doubtful claims first does no harm: what is fitted is
    how often claims of one confidence are right.
    """
    counts = Counter(claim.polarity for claim in claims)
    taught = [claim for claim in claims if counts[claim.polarity] >= FEWEST_CLAIMS]
    if not taught:
        return None
    return Lesson(
        curves=_curves(taught),
        before=_measured(taught, [claim.stated for claim in taught]),
        after=_measured(taught, _held_out(taught)),
    )


def _curves(claims: Sequence[ReviewedConfidence]) -> dict[Polarity, ConfidenceCurve]:
    return {
        polarity: _curve([claim for claim in claims if claim.polarity is polarity])
        for polarity in Polarity
        if any(claim.polarity is polarity for claim in claims)
    }


def _curve(claims: Sequence[ReviewedConfidence]) -> ConfidenceCurve:
    """Return the curve under which the reviews are likeliest, drawn to the one that changes nothing."""
    odds = np.array([_log_odds(claim.stated) for claim in claims])
    signs = np.where([claim.is_right for claim in claims], 1.0, -1.0)

    def loss(numbers: Any) -> float:
        slope, offset = numbers
        unlikely = np.logaddexp(0, -signs * (slope * odds + offset)).sum()
        return float(unlikely + _PULL / 2 * ((slope - 1) ** 2 + offset**2 / 10))

    found = minimize(loss, (1.0, 0.0), bounds=[(_LEAST_SLOPE, None), (None, None)], method="L-BFGS-B")
    slope, offset = map(float, found.x)
    return ConfidenceCurve(slope=slope, offset=offset)


def _held_out(claims: Sequence[ReviewedConfidence]) -> list[float]:
    """Return how likely each claim is by a curve that was fitted without its message."""
    fold_of = {
        message: place % _FOLDS for place, message in enumerate(sorted({each.message for each in claims}))
    }
    fitted = {
        fold: _curves([each for each in claims if fold_of[each.message] != fold])
        for fold in set(fold_of.values())
    }
    return [
        fitted[fold_of[each.message]].get(each.polarity, AS_STATED).fitted(each.stated) for each in claims
    ]


def _measured(claims: Sequence[ReviewedConfidence], probabilities: Sequence[float]) -> dict[str, Any]:
    """Return the claims, how many were right, and how far the probabilities are from that."""
    right = np.array([claim.is_right for claim in claims], dtype=float)
    claimed = np.array(probabilities).clip(_LEAST, 1 - _LEAST)
    losses = np.log(np.where(right > 0, claimed, 1 - claimed))
    return {
        "claims": len(claims),
        "right": int(right.sum()),
        "log_loss": float(-losses.mean()),
        "brier": float(((claimed - right) ** 2).mean()),
        "calibration_error": calibration_error(
            reliability(claimed.tolist(), (right > 0).tolist(), bins=_BINS)
        ),
    }


def _log_odds(probability: float) -> float:
    clipped = min(max(probability, _LEAST), 1 - _LEAST)
    return log(clipped / (1 - clipped))
