"""Temperature scaling: one number that makes a scorer's probabilities bolder or more modest. Guo et al. 2017."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, log

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit

from annotation.domain.calibration.report import Calibration, Claim, FloatArray, calibrate
from annotation.domain.figures import Undefined

# Beyond these a probability is as good as certain; their logits would be infinite.
LEAST = 1e-6
# From a hundredth to a hundred times as bold.
BOUNDS = (log(0.01), log(100.0))
FEWEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """A temperature fitted on one half, and the other half before and after; above 1 the scorer was too bold."""

    temperature: float
    before: Calibration
    after: Calibration


def fit_temperature(claims: Sequence[Claim]) -> float:
    """Return the temperature T of the largest likelihood of σ(logit / T); outcomes may be shares."""
    logits, outcomes = _logits(claims), np.array([claim.outcome for claim in claims])

    def loss(log_temperature: float) -> float:
        scaled = logits / exp(log_temperature)
        return float((np.logaddexp(0, scaled) - outcomes * scaled).mean())

    return exp(float(minimize_scalar(loss, bounds=BOUNDS, method="bounded").x))


def scale(claims: Sequence[Claim], *, temperature: float) -> list[Claim]:
    """Return claims with their probabilities at a temperature."""
    scaled = expit(_logits(claims) / temperature)
    return [
        replace(claim, probability=float(probability))
        for claim, probability in zip(claims, scaled, strict=True)
    ]


def try_temperature(claims: Sequence[Claim], *, seed: int = 0) -> Scaling | Undefined:
    """Fit on a random half and show the other, so that the improvement is one on labels never seen."""
    if len(claims) < FEWEST:
        return Undefined(
            f"Undefined because a temperature takes {FEWEST} labels, half to fit and half to try; there are"
            f" {len(claims)}."
        )
    order = np.random.default_rng(seed).permutation(len(claims))
    fitted, tried = ([claims[at] for at in half] for half in np.array_split(order, 2))
    temperature = fit_temperature(fitted)
    before, after = calibrate(tried), calibrate(scale(tried, temperature=temperature))
    if isinstance(before, Undefined) or isinstance(after, Undefined):
        raise TypeError("Half of the claims cannot be none.")
    return Scaling(temperature=temperature, before=before, after=after)


def _logits(claims: Sequence[Claim]) -> FloatArray:
    probabilities = np.clip([claim.probability for claim in claims], LEAST, 1 - LEAST)
    found: FloatArray = logit(probabilities)
    return found
