"""How a judge scores the systems whose answers it judged, and whether it ranks them as people do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats

from annotation.domain.figures import Figure, Range, Undefined, json_value
from annotation.domain.judges.coefficients import figure_of
from annotation.domain.labels import Codes, Vector
from annotation.domain.resampling import ROUNDS, bootstrap_interval

# Two systems are ranked right by every second guess.
FEWEST_RANKED = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SystemScores:
    """What each row counts for its system, by people and by the judge; rows of one item are drawn together."""

    names: tuple[str, ...]
    counts: sparse.csr_array
    humans: sparse.csr_array
    judges: sparse.csr_array

    @classmethod
    def of(
        cls, *, names: Sequence[str], item: Codes, system: Codes, worth: tuple[Vector, Vector]
    ) -> "SystemScores":
        """Sum rows by item and system; `worth` is what each row counts by people and by the judge."""
        size = (int(item.max()) + 1 if len(item) else 0, len(names))

        def summed(values: Vector) -> sparse.csr_array:
            return sparse.coo_array((values, (item, system)), shape=size).tocsr()

        return cls(
            names=tuple(names),
            counts=summed(np.ones(len(item))),
            humans=summed(worth[0]),
            judges=summed(worth[1]),
        )

    @property
    def items(self) -> int:
        """How many items there are to draw from."""
        return int(self.counts.shape[0])

    def means(self, weights: NDArray[np.float64]) -> tuple[Vector, Vector]:
        """Return the mean of each system by people and by the judge, shape (drawings, systems); NaN without a row."""
        counts = np.asarray(weights @ self.counts)
        shape = np.full(counts.shape, np.nan)
        return (
            np.divide(np.asarray(weights @ self.humans), counts, out=shape.copy(), where=counts > 0),
            np.divide(np.asarray(weights @ self.judges), counts, out=shape.copy(), where=counts > 0),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFigures:
    """A system's mean by people and by the judge, and how far the judge's lies above."""

    name: str
    rows: int
    human: float
    judge: float
    interval: Range

    @property
    def shift(self) -> float:
        """How far the judge scores the system above people."""
        return self.judge - self.human

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "rows": self.rows,
            "human": self.human,
            "judge": self.judge,
            "shift": self.shift,
            "interval": json_value(self.interval),
        }


def system_figures(scores: SystemScores, *, rounds: int = ROUNDS, seed: int = 0) -> tuple[SystemFigures, ...]:
    """Return the figures of each system, the best by people first; the interval is that of the shift."""
    if not scores.items:
        return ()
    whole = np.ones((1, scores.items))
    humans, judges = (means[0] for means in scores.means(whole))
    rows = np.asarray(scores.counts.sum(axis=0))
    found = [
        SystemFigures(
            name=name,
            rows=int(rows[place]),
            human=float(humans[place]),
            judge=float(judges[place]),
            interval=_shift_interval(scores, place, rounds=rounds, seed=seed),
        )
        for place, name in enumerate(scores.names)
    ]
    return tuple(sorted(found, key=lambda each: (-each.human, each.name)))


def _shift_interval(scores: SystemScores, place: int, *, rounds: int, seed: int) -> Range:
    def shifts(weights: NDArray[np.float64]) -> Vector:
        humans, judges = scores.means(weights)
        return np.asarray(judges[:, place] - humans[:, place])

    if not rounds:
        return Undefined("Undefined because no drawing was asked for.")
    return bootstrap_interval(shifts, clusters=scores.items, rounds=rounds, seed=seed)


def rank_correlations(scores: SystemScores) -> dict[str, Figure]:
    """Return Spearman's rho and Kendall's tau-b of the systems' means by people and by the judge."""
    reason = _why_unranked(scores)
    if reason:
        return dict.fromkeys(("rank_correlation", "kendall_tau"), Undefined(reason))
    humans, judges = (means[0] for means in scores.means(np.ones((1, scores.items))))
    constant = (
        "Undefined because one side gives every system the same score, so there is no order to compare."
    )
    if np.ptp(humans) == 0 or np.ptp(judges) == 0:
        return dict.fromkeys(("rank_correlation", "kendall_tau"), Undefined(constant))
    return {
        "rank_correlation": figure_of(float(stats.spearmanr(humans, judges).statistic), reason=constant),
        "kendall_tau": figure_of(float(stats.kendalltau(humans, judges).statistic), reason=constant),
    }


def rank_interval(scores: SystemScores, *, rounds: int = ROUNDS, seed: int = 0) -> Range:
    """Return the interval of Spearman's rho when items are drawn again."""
    if reason := _why_unranked(scores):
        return Undefined(reason)
    return bootstrap_interval(
        lambda weights: _rhos(*scores.means(weights)), clusters=scores.items, rounds=rounds, seed=seed
    )


def _why_unranked(scores: SystemScores) -> str:
    if len(scores.names) >= 2:
        return ""
    return f"Undefined because a rank correlation takes at least two systems; here: {len(scores.names)}."


def _rhos(humans: Vector, judges: Vector) -> Vector:
    """Return Spearman's rho of each row; NaN where a side is constant or a system was not drawn."""
    ranked = [stats.rankdata(means, axis=1) for means in (humans, judges)]
    one, other = (ranks - ranks.mean(axis=1, keepdims=True) for ranks in ranked)
    below = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    is_whole = ~(np.isnan(humans).any(axis=1) | np.isnan(judges).any(axis=1))
    found = np.divide(
        (one * other).sum(axis=1), below, out=np.full(len(below), np.nan), where=is_whole & (below > 0)
    )
    return np.asarray(found)
