"""Which models the data can tell apart."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotation.domain.model_ranking.votes import FloatArray

# A model is surely better where it is above in so many bootstrap rounds: a 95 % interval of the difference
# that leaves out 0.
SURE = 0.975


def surely_better(rounds: FloatArray) -> NDArray[np.bool_]:
    """Return for strengths of shape (rounds, models) whether [i, j]: i is above j in SURE of the rounds."""
    models = rounds.shape[1]
    if not len(rounds):
        return np.zeros((models, models), dtype=bool)
    above = np.zeros((models, models))
    for strengths in rounds:
        above += strengths[:, None] > strengths[None, :]
    better: NDArray[np.bool_] = above >= SURE * len(rounds)
    return better


def rank_ranges(better: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the best and the worst rank that each model can hold, 1 is the best."""
    models = len(better)
    return [(1 + int(better[:, at].sum()), models - int(better[at].sum())) for at in range(models)]


def indistinct_groups(better: NDArray[np.bool_], *, order: Sequence[int]) -> list[tuple[int, ...]]:
    """Return the longest stretches of the order, of two models or more, none of whose models is surely better.

    Stretches may overlap: A like B and B like C do not make A like C.
    """
    known = better | better.T
    stretches: list[tuple[int, int]] = []
    for start in range(len(order)):
        end = start + 1
        while end < len(order) and not known[order[end], list(order[start:end])].any():
            end += 1
        if end - start > 1 and (not stretches or end > stretches[-1][1]):
            stretches.append((start, end))
    return [tuple(order[start:end]) for start, end in stretches]
