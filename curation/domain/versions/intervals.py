"""Confidence intervals of shares."""

from math import sqrt
from statistics import NormalDist
from typing import NamedTuple


class Interval(NamedTuple):
    """The two ends of a confidence interval, both included."""

    low: float
    high: float


def wilson_interval(successes: int, n: int, *, confidence: float = 0.95) -> Interval | None:
    """Return the score interval of the share successes / n, or None where n is 0. Wilson 1927."""
    if not 0 <= successes <= n:
        message = f"successes must lie between 0 and n, found {successes} of {n}."
        raise ValueError(message)
    if not 0 < confidence < 1:
        message = f"confidence must lie strictly between 0 and 1, found {confidence}."
        raise ValueError(message)
    if n == 0:
        return None
    return score_interval(successes / n, n=n, confidence=confidence)


def score_interval(share: float, *, n: float, confidence: float = 0.95) -> Interval:
    """Return Wilson's interval of a share of n, which need not be whole: an effective number of draws, say."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half_width = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # Rounding may step over the ends of the scale, and over the share itself where it is 0 or 1.
    return Interval(min(share, max(0.0, centre - half_width)), max(share, min(1.0, centre + half_width)))
