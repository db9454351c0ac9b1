"""Bradley–Terry strengths by maximum likelihood: many tables of wins at once, by Newton's method.

P(i beats j) = σ(θ_i − θ_j), Bradley and Terry 1952; a tie is half a win for either. Strengths are natural
logarithms, centred: they sum to 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components
from scipy.special import expit

from annotation.domain.model_ranking.votes import FloatArray, IntArray

# Where the likelihood has no maximum, each model is given this many ties against one of average strength.
PRIOR_TIES = 1.0
# Newton's error after a step is about the square of the step, so the next one would change nothing that shows.
TOLERANCE = 1e-6
MOST_STEPS = 200
# A Newton step that changes the difference of no two models that played by more than this always raises the
# likelihood: the curvature of σ changes by at most a factor of e over it (Bach 2010).
LONGEST_STEP = 1.0
# Tables of at most so many cells are worked on at once, so that they stay in the processor's cache.
CELLS_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Linkage:
    """How models hang together: `connected` by any game, `mutual` by wins in both directions.

    Each holds one number for every model. The likelihood has a maximum only within one mutual group.
    """

    connected: IntArray
    mutual: IntArray

    @property
    def is_estimable(self) -> bool:
        """Return whether the likelihood has a maximum (Ford 1957)."""
        return bool((self.mutual == self.mutual[:1]).all())


def linkage_of(wins: FloatArray) -> Linkage:
    """Return which models can be compared with which; wins has shape (models, models)."""
    edges = wins > 0
    _, connected = connected_components(edges, directed=True, connection="weak")
    _, mutual = connected_components(edges, directed=True, connection="strong")
    return Linkage(connected=connected.astype(np.int64), mutual=mutual.astype(np.int64))


def fit_strengths(
    wins: FloatArray, *, prior_ties: float | FloatArray = 0.0, start: FloatArray | None = None
) -> FloatArray:
    """Return centred strengths, shape (..., models), of wins of shape (..., models, models).

    prior_ties: a number, or one for each table; tables without a maximum need some. start: where to begin.
    """
    size = wins.shape[-1]
    tables = wins.reshape(-1, size, size)
    ties = np.broadcast_to(np.asarray(prior_ties, dtype=np.float64), wins.shape[:-2]).reshape(-1)
    begin = _logits(tables) if start is None else np.tile(start, (len(tables), 1))
    strengths = np.empty((len(tables), size))
    chunk = max(1, CELLS_AT_ONCE // max(size * size, 1))
    for at in range(0, len(tables), chunk):
        part = slice(at, at + chunk)
        strengths[part] = _newton(tables[part], prior_ties=ties[part], start=begin[part])
    shaped: FloatArray = strengths.reshape(wins.shape[:-1])
    return shaped


def needs_prior(wins: FloatArray) -> NDArray[np.bool_]:
    """Return for each table of wins, shape (rounds, models, models), whether its likelihood lacks a maximum."""
    # Most often the wins that every round saw suffice, and one look answers for all of them.
    if linkage_of(wins.min(axis=0)).is_estimable:
        return np.zeros(len(wins), dtype=bool)
    return np.array([not linkage_of(table).is_estimable for table in wins])


def _logits(wins: FloatArray) -> FloatArray:
    """Return log-odds of winning at all, shape (tables, models): not far from the strengths where all met alike."""
    won, lost = wins.sum(axis=-1), wins.sum(axis=-2)
    return np.asarray(np.log((won + 0.5) / (lost + 0.5)), dtype=np.float64)


def _newton(wins: FloatArray, *, prior_ties: FloatArray, start: FloatArray) -> FloatArray:
    """Fit tables of shape (tables, models, models) together, those that have arrived waiting for the others."""
    games = wins + wins.swapaxes(-1, -2)
    won = wins.sum(axis=-1)
    strengths: FloatArray = start.copy()
    for _ in range(MOST_STEPS):
        step = _step(strengths, games=games, won=won, prior_ties=prior_ties[:, None])
        strengths += step * _safe_share(step, games=games, has_prior=prior_ties > 0)[:, None]
        if np.ptp(step, axis=-1).max(initial=0.0) < TOLERANCE:
            break
    centred: FloatArray = strengths - strengths.mean(axis=-1, keepdims=True)
    return centred


def _safe_share(step: FloatArray, *, games: FloatArray, has_prior: NDArray[np.bool_]) -> FloatArray:
    """Return how much of each table's step to take, so that no pair that played moves apart by too much."""
    share = np.ones(len(step))
    for at in np.flatnonzero(np.ptp(step, axis=-1) > LONGEST_STEP):
        apart = np.abs(step[at][:, None] - step[at][None, :])[games[at] > 0].max(initial=0.0)
        farthest = max(apart, np.abs(step[at]).max()) if has_prior[at] else apart
        share[at] = min(1.0, LONGEST_STEP / max(farthest, LONGEST_STEP))
    return share


def _step(strengths: FloatArray, *, games: FloatArray, won: FloatArray, prior_ties: FloatArray) -> FloatArray:
    size = strengths.shape[-1]
    chance = expit(strengths[:, :, None] - strengths[:, None, :])
    expected = games * chance
    alone = expit(strengths)
    slope = won - expected.sum(axis=-1) + prior_ties * (0.5 - alone)
    curvature = expected
    curvature *= chance - 1.0
    own = prior_ties * alone * (1.0 - alone) - curvature.sum(axis=-1)
    # Without a prior the likelihood is flat along "all stronger by the same": this holds the mean in place.
    curvature += np.where(prior_ties > 0, 0.0, own.mean(axis=-1, keepdims=True) / size)[:, :, None]
    diagonal = np.arange(size)
    curvature[:, diagonal, diagonal] += own
    solved: FloatArray = np.linalg.solve(curvature, slope[..., None])[..., 0]
    return solved
