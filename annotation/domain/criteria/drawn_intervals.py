"""Intervals of figures that are no plain share: drawn from what the four counts of a confusion leave possible.

Coverage and false failure rate have Wilson's intervals. Alignment, F1, MCC and kappa hang on several shares at once, so
shares are drawn from the counts with half an output added to each (Jeffreys' prior), 2,000 times from a fixed seed. A
plain bootstrap of a dozen outputs would call a figure certain as soon as one of the four counts is 0.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from curation.domain.versions.intervals import Interval

DRAWN = ("alignment", "f1", "mcc", "cohen_kappa")
DRAWS, SEED = 2_000, 7
ENDS = (0.025, 0.975)
Vector = NDArray[np.float64]


@lru_cache(maxsize=4_096)
def drawn_intervals(
    true_fail: int, false_pass: int, true_pass: int, false_fail: int
) -> Mapping[str, Interval]:
    """Return name → 95 % interval of the figures in DRAWN; nothing where no output is bad, or none is good."""
    if not true_fail + false_pass or not true_pass + false_fail:
        return {}
    shares = np.random.default_rng(SEED).dirichlet(
        np.array([true_fail, false_pass, true_pass, false_fail]) + 0.5, size=DRAWS
    )
    counted = np.array([[true_fail, false_pass, true_pass, false_fail]], dtype=float)
    drawn, found = _figures(shares), _figures(counted / counted.sum())
    return {name: _interval(drawn[name], found=float(found[name][0])) for name in DRAWN}


def _figures(shares: Vector) -> dict[str, Vector]:
    """Return the figures of each row of shares (caught, missed, spared, wronged), NaN where one has no value."""
    caught, missed, spared, wronged = shares.T
    bad, good, failed = caught + missed, spared + wronged, caught + wronged
    coverage, kept = caught / bad, spared / good
    by_chance = failed * bad + (1 - failed) * good
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "alignment": np.nan_to_num(2 * coverage * kept / (coverage + kept)),
            "f1": 2 * caught / (bad + failed),
            "mcc": (caught * spared - wronged * missed) / np.sqrt(failed * (1 - failed) * bad * good),
            "cohen_kappa": (caught + spared - by_chance) / (1 - by_chance),
        }


def _interval(drawn: Vector, *, found: float) -> Interval:
    """Return the middle of the draws, widened to the figure itself where that stands at the end of its scale."""
    low, high = (float(end) for end in np.quantile(drawn, ENDS))
    return Interval(low, high) if np.isnan(found) else Interval(min(low, found), max(high, found))
