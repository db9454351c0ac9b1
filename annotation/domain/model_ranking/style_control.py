"""Strengths at equal style: Bradley–Terry with differences of length, lists, headers and bold as covariates.

P(lower beats higher) = σ(θ_lower − θ_higher + z·β), where z is (x_lower − x_higher) / (x_lower + x_higher) of each
style measure, divided by its root mean square. z is not centred, so naming the models the other way round only
changes its sign.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from annotation.domain.model_ranking.bradley_terry import LONGEST_STEP, MOST_STEPS, TOLERANCE
from annotation.domain.model_ranking.votes import LOWER_WON, TIE, FloatArray, VoteTable
from curation.domain.versions.intervals import Interval

ROUNDS = 100
# A weak normal prior (variance 100 in logits) on every parameter: nothing runs away, and nothing else moves.
RIDGE = 0.01
# For each measure its values for the two answers of each vote, as named: (a, b).
StyleColumns: TypeAlias = Mapping[str, tuple[Sequence[float], Sequence[float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with its 95 % bootstrap interval."""

    value: float
    interval: Interval | None

    def as_json(self) -> dict[str, Any]:
        """Return the estimate as commands print it."""
        return {"value": self.value, "interval": list(self.interval) if self.interval else None}


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleControlled:
    """Strengths at equal style, and the log-odds that one root mean square more of a measure brings.

    An effect of None means that the measure never differs.
    """

    strengths: Mapping[str, Estimate]
    effects: Mapping[str, Estimate | None]

    def as_json(self) -> dict[str, Any]:
        """Return the figures as commands print them."""
        return {
            "models": {model: each.as_json() for model, each in self.strengths.items()},
            "effects": {name: each.as_json() if each else None for name, each in self.effects.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Design:
    """Votes as a logistic model: the two models, z of shape (votes, measures), and y as 1, 0 or ½."""

    table: VoteTable
    z: FloatArray
    y: FloatArray


def control_style(
    table: VoteTable, *, style: StyleColumns, rounds: int = ROUNDS, seed: int = 0
) -> StyleControlled:
    """Fit strengths and style effects together; `style` has one value for each vote and side.

    Rounds draw items where votes name them, else votes.
    """
    columns = {name: _difference(table, *values) for name, values in style.items()}
    used = [name for name, column in columns.items() if column.any()]
    z = np.column_stack([columns[name] for name in used]) if used else np.zeros((len(table), 0))
    y = np.select([table.result == LOWER_WON, table.result == TIE], [1.0, 0.5], 0.0)
    design = _Design(table=table, z=z, y=y)
    found = _fit(design, weight=np.ones(len(table)), start=np.zeros(len(table.models) + len(used)))
    drawn = _rounds(design, start=found, rounds=rounds, seed=seed)
    estimates = _estimates(found, drawn)
    size = len(table.models)
    effects = dict(zip(used, estimates[size:], strict=True))
    return StyleControlled(
        strengths=dict(zip(table.models, estimates[:size], strict=True)),
        effects={name: effects.get(name) for name in style},
    )


def _difference(table: VoteTable, first: Sequence[float], second: Sequence[float]) -> FloatArray:
    one, two = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    total = np.abs(one) + np.abs(two)
    share = np.zeros(len(table))
    np.divide(one - two, total, out=share, where=total > 0)
    share[table.is_swapped] *= -1
    size = float(np.sqrt(np.mean(share**2)))
    return np.asarray(share / size if size else share, dtype=np.float64)


def _fit(design: _Design, *, weight: FloatArray, start: FloatArray) -> FloatArray:
    found: FloatArray = start.copy()
    for _ in range(MOST_STEPS):
        step = _step(design, weight=weight, found=found)
        farthest = float(np.abs(_logits(design, step)).max())
        found += step * min(1.0, LONGEST_STEP / max(farthest, LONGEST_STEP))
        if farthest < TOLERANCE:
            break
    found[: len(design.table.models)] -= found[: len(design.table.models)].mean()
    return found


def _logits(design: _Design, parameters: FloatArray) -> FloatArray:
    """Return the logit of each vote under these parameters, or how far a step moves it."""
    table, effects = design.table, parameters[len(design.table.models) :]
    return np.asarray(
        parameters[table.lower] - parameters[table.higher] + design.z @ effects, dtype=np.float64
    )


def _step(design: _Design, *, weight: FloatArray, found: FloatArray) -> FloatArray:
    table, z, size = design.table, design.z, len(design.table.models)
    chance = expit(_logits(design, found))
    residual, spread = weight * (design.y - chance), weight * chance * (1.0 - chance)
    slope = np.concatenate([_by_model(table, residual), z.T @ residual])
    slope -= RIDGE * found
    curvature = np.zeros((len(found), len(found)))
    curvature[:size, :size] = _between_models(table, spread)
    for at in range(z.shape[1]):
        crossed = _by_model(table, spread * z[:, at])
        curvature[:size, size + at] = curvature[size + at, :size] = crossed
    curvature[size:, size:] = (z * spread[:, None]).T @ z
    curvature[np.diag_indices_from(curvature)] += RIDGE
    solved: FloatArray = np.linalg.solve(curvature, slope)
    return solved


def _by_model(table: VoteTable, values: FloatArray) -> FloatArray:
    """Sum values to the lower model of each vote, and against the higher one."""
    size = len(table.models)
    lower = np.bincount(table.lower, weights=values, minlength=size)
    higher = np.bincount(table.higher, weights=values, minlength=size)
    return np.asarray(lower - higher, dtype=np.float64)


def _between_models(table: VoteTable, spread: FloatArray) -> FloatArray:
    size = len(table.models)
    pair = np.bincount(table.lower * size + table.higher, weights=spread, minlength=size * size)
    one_way = pair.reshape(size, size)
    between = one_way + one_way.T
    return np.asarray(np.diag(between.sum(axis=1)) - between, dtype=np.float64)


def _rounds(design: _Design, *, start: FloatArray, rounds: int, seed: int) -> FloatArray:
    source = np.random.default_rng(seed)
    unit: NDArray[np.int64] = np.arange(len(design.table)) if design.table.item is None else design.table.item
    size = int(unit.max()) + 1
    drawn = np.empty((rounds, len(start)))
    for at in range(rounds):
        weight = np.bincount(source.integers(size, size=size), minlength=size).astype(np.float64)
        drawn[at] = _fit(design, weight=weight[unit], start=start)
    return drawn


def _estimates(found: FloatArray, drawn: FloatArray) -> list[Estimate]:
    if not len(drawn):
        return [Estimate(value=float(value), interval=None) for value in found]
    ends = np.quantile(drawn, (0.025, 0.975), axis=0)
    return [
        Estimate(value=float(value), interval=Interval(float(low), float(high)))
        for value, low, high in zip(found, *ends, strict=True)
    ]
