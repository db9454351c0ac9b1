"""Bradley–Terry against choix, and against fits per bootstrap round as arenas do them: the same votes and draws.

The two other ways are written out plainly here: a logistic regression of scikit-learn on one row a pair and winner,
and L-BFGS on grouped outcomes, which is how FastChat does it. Both draw the rounds from the same seed as ours does,
so that the intervals have to be equal.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import choix
import numpy as np
import pandas as pd  # type: ignore[import-untyped]
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from annotation.domain.model_ranking.bradley_terry import fit_strengths
from annotation.domain.model_ranking.ranking import rank_votes
from annotation.domain.model_ranking.votes import count_outcomes, vote_table, win_matrix

FloatArray = NDArray[np.float64]
VOTES = 1_000_000
ROUNDS = 100
# A hundred logistic regressions of 40,000 rows by 200 columns take minutes.
FEWER_ROUNDS = 5
MANY, FEW = 200, 8
ENDS = (0.025, 0.975)


def ranking_figures(compared: Callable[..., Any]) -> Iterator[Any]:
    """Yield a figure for strengths alone, and for intervals of few and of many models."""
    yield from _strength_figures(compared)
    few, many = synthetic_votes(models=FEW), synthetic_votes(models=MANY)
    for votes, rounds, against, theirs in (
        (few, ROUNDS, "scikit-learn", _logistic_intervals),
        (few, ROUNDS, "L-BFGS", _lbfgs_intervals),
        (many, FEWER_ROUNDS, "scikit-learn", _logistic_intervals),
        (many, ROUNDS, "L-BFGS", _lbfgs_intervals),
    ):
        yield compared(
            f"Bradley–Terry, {VOTES:,} votes, {votes['model_a'].nunique()} models, {rounds} rounds",
            against,
            ours=partial(_our_intervals, votes, rounds=rounds),
            theirs=partial(theirs, votes, rounds=rounds),
        )


def synthetic_votes(*, models: int, votes: int = VOTES, ties: float = 0.2) -> Any:
    """Return votes between models of normal strengths as a data frame."""
    chance = np.random.default_rng(models)
    strengths = chance.normal(size=models)
    first = chance.integers(models, size=votes)
    second = (first + chance.integers(1, models, size=votes)) % models
    won = chance.random(votes) < expit(strengths[first] - strengths[second])
    names = np.array([f"model-{at:03}" for at in range(models)])
    winner = np.where(chance.random(votes) < ties, "tie", np.where(won, "a", "b"))
    return pd.DataFrame({"model_a": names[first], "model_b": names[second], "winner": winner})


def _strength_figures(compared: Callable[..., Any]) -> Iterator[Any]:
    votes = synthetic_votes(models=MANY)
    wins = win_matrix(count_outcomes(_table(votes)))
    yield compared(
        f"Bradley–Terry, strengths of {MANY} models from wins",
        "choix",
        ours=lambda: fit_strengths(wins),
        theirs=lambda: choix.ilsr_pairwise_dense(wins, tol=1e-8),
    )
    few = synthetic_votes(models=FEW, votes=100_000, ties=0.0)
    codes = [int(name[-3:]) for name in few["model_a"]], [int(name[-3:]) for name in few["model_b"]]
    decided = [
        (a, b) if winner == "a" else (b, a) for a, b, winner in zip(*codes, few["winner"], strict=True)
    ]
    yield compared(
        "Bradley–Terry, strengths of 8 models from 100,000 votes",
        "choix",
        ours=lambda: fit_strengths(win_matrix(count_outcomes(_table(few)))),
        theirs=lambda: choix.ilsr_pairwise(FEW, decided, tol=1e-8),
    )


def _table(votes: Any) -> Any:
    return vote_table(**{name: votes[name].tolist() for name in ("model_a", "model_b", "winner")})


def _our_intervals(votes: Any, *, rounds: int) -> FloatArray:
    standings = rank_votes(_table(votes), rounds=rounds).standings
    return np.array([each.interval for each in sorted(standings, key=lambda each: each.model)])


def _outcomes(votes: Any) -> tuple[int, NDArray[np.int64], NDArray[np.int64]]:
    """Return how many models there are, the distinct (lower, higher, outcome), and how often each occurred."""
    codes, names = pd.factorize(pd.concat([votes["model_a"], votes["model_b"]]), sort=True)
    a, b = codes[: len(votes)], codes[len(votes) :]
    outcome = votes["winner"].map({"a": 0, "b": 1, "tie": 2}).to_numpy()
    swapped = (a > b) & (outcome != 2)
    rows = np.column_stack([np.minimum(a, b), np.maximum(a, b), np.where(swapped, 1 - outcome, outcome)])
    distinct, counts = np.unique(rows, axis=0, return_counts=True)
    return len(names), distinct, counts


def _draws(counts: NDArray[np.int64], *, rounds: int) -> FloatArray:
    total = int(counts.sum())
    return np.random.default_rng(0).multinomial(total, counts / total, size=rounds).astype(float)


def _interval_of(rounds: list[FloatArray]) -> FloatArray:
    return np.asarray(np.quantile([each - each.mean() for each in rounds], ENDS, axis=0).T, dtype=float)


def _logistic_intervals(votes: Any, *, rounds: int) -> FloatArray:
    """Fit a logistic regression a round: a row for each pair and winner, weighted by wins, ties as half of each."""
    models, distinct, counts = _outcomes(votes)
    pair, number = np.unique(distinct[:, :2], axis=0, return_inverse=True)
    design = np.zeros((len(pair), models))
    design[np.arange(len(pair)), pair[:, 0]] = 1.0
    design[np.arange(len(pair)), pair[:, 1]] = -1.0
    both, outcome = np.vstack([design, design]), np.repeat([1, 0], len(pair))
    to_lower = np.array([1.0, 0.0, 0.5])[distinct[:, 2]]
    fitted = []
    for drawn in _draws(counts, rounds=rounds):
        wins = [np.bincount(number, weights=drawn * share) for share in (to_lower, 1 - to_lower)]
        model = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-8, max_iter=500)
        model.fit(both, outcome, sample_weight=np.concatenate(wins))
        fitted.append(model.coef_[0])
    return _interval_of(fitted)


def _lbfgs_intervals(votes: Any, *, rounds: int) -> FloatArray:
    """Minimise the loss of the grouped outcomes of each round."""
    models, distinct, counts = _outcomes(votes)
    lower, higher = distinct[:, 0], distinct[:, 1]
    to_lower = np.array([1.0, 0.0, 0.5])[distinct[:, 2]]

    def loss(strengths: FloatArray, weight: FloatArray) -> tuple[float, FloatArray]:
        apart = strengths[lower] - strengths[higher]
        cost = weight * (to_lower * np.logaddexp(0, -apart) + (1 - to_lower) * np.logaddexp(0, apart))
        slope = weight * (expit(apart) - to_lower)
        sides = [np.bincount(side, weights=slope, minlength=models) for side in (lower, higher)]
        return float(cost.sum()), np.asarray(sides[0] - sides[1], dtype=float)

    fitted = []
    for drawn in _draws(counts, rounds=rounds):
        weight = drawn / drawn.sum()
        found = minimize(
            loss, np.zeros(models), args=(weight,), jac=True, method="L-BFGS-B", options={"gtol": 1e-9}
        )
        fitted.append(found.x)
    return _interval_of(fitted)
