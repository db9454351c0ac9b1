"""Bootstrap intervals by drawing whole clusters, from a seed: the same input gives the same interval."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from annotation.domain.figures import Range, Undefined
from annotation.domain.labels import Vector
from curation.domain.versions.intervals import Interval

ROUNDS = 1000
CONFIDENCE = 0.95
# Weights of so many cells are held at a time: 32 MB.
_CELLS = 4_000_000
# Percentiles of what is left say little where most rounds give no figure.
_ENOUGH = 0.5
Statistic = Callable[[NDArray[np.float64]], Vector]


def cluster_weights(
    clusters: int, *, rounds: int, seed: int, width: int = 0
) -> Iterator[NDArray[np.float64]]:
    """Yield how often each cluster is drawn in each round, shape (some rounds, clusters), until all rounds are done.

    `width` is how many cells a round takes where that is more than there are clusters.
    """
    chance = np.random.default_rng(seed)
    at_once = max(1, _CELLS // max(clusters, width, 1))
    for start in range(0, rounds, at_once):
        count = min(at_once, rounds - start)
        drawn = [
            np.bincount(chance.integers(0, clusters, clusters), minlength=clusters) for _ in range(count)
        ]
        yield np.array(drawn, dtype=float)


def bootstrap_interval(
    statistic: Statistic, *, clusters: int, rounds: int = ROUNDS, seed: int = 0, width: int = 0
) -> Range:
    """Return the percentile interval of a statistic of weighted clusters; NaN stands for a round without a figure."""
    if clusters < 2:
        return Undefined("Undefined because an interval takes at least two that vary, and there is one.")
    weights = cluster_weights(clusters, rounds=rounds, seed=seed, width=width)
    return percentile_interval(np.concatenate([statistic(some) for some in weights]))


def percentile_interval(values: Vector) -> Range:
    """Return the middle 95 % of the values that are figures."""
    figures = values[~np.isnan(values)]
    if len(figures) < _ENOUGH * len(values) or not len(figures):
        return Undefined(
            "Undefined because most drawings of these labels give no figure: there are too few, or they vary too"
            " little."
        )
    low, high = np.quantile(figures, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(float(low), float(high))
