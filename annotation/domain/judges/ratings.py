"""A judge's scores of single answers beside people's ratings of the same answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from annotation.domain.figures import Figure, Range, json_value, reasons_of
from annotation.domain.judges.coefficients import (
    Tables,
    VerdictCounts,
    figure_of,
    nearnesses,
    shifts,
    weighted_kappas,
)
from annotation.domain.judges.labels import numbered
from annotation.domain.judges.report import Drawn
from annotation.domain.judges.systems import SystemFigures, SystemScores, rank_correlations, system_figures
from annotation.domain.labels import Vector
from annotation.domain.resampling import bootstrap_interval

# A judge that is one step away from people on its own scale says about the same.
ONE_STEP = 1.0
LONGER = "longer_scores_higher"
_NO_ROWS = "Undefined because people rated no answer that the judge scored."
_ONE_VALUE = (
    "Undefined because people and the judge gave every answer the same one score, so agreement cannot be told from"
    " chance."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedAnswer:
    """An answer with the mean of people's ratings and of the judge's scores, both on the judge's scale."""

    prompt: str
    system: str
    human: float
    judge: float
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingReport:
    """What a judge's scores are worth beside people's ratings.

    `shift` is its leniency: how far its mean lies above people's. `baseline` is the weighted kappa of a rule without a
    model: people's ratings dealt out by length, the best to the longest answer.
    """

    rated: int
    prompts: int
    levels: int
    figures: Mapping[str, Figure]
    intervals: Mapping[str, Range]
    systems: Sequence[SystemFigures]
    baseline: Figure

    def as_json(self) -> dict[str, Any]:
        """Return plain values, with a sentence under `undefined` for what has none."""
        return {
            "rated": self.rated,
            "prompts": self.prompts,
            "levels": self.levels,
            **{name: json_value(figure) for name, figure in self.figures.items()},
            "intervals": {name: json_value(each) for name, each in self.intervals.items()},
            "undefined": reasons_of(self.figures),
            "per_system": {each.name: each.as_json() for each in self.systems},
            "baselines": {LONGER: json_value(self.baseline)},
        }


def report_ratings(rows: Sequence[RatedAnswer], *, drawn: Drawn | None = None) -> RatingReport:
    """Return every figure; intervals draw prompts again."""
    drawn = drawn or Drawn()
    human, judge = np.array([row.human for row in rows]), np.array([row.judge for row in rows])
    prompts, item = numbered([row.prompt for row in rows])
    systems, system = numbered([row.system for row in rows])
    scores = SystemScores.of(names=systems, item=item, system=system, worth=(human, judge))
    counts, positions = _counted(human, judge, item=item, items=len(prompts))
    statistics = _statistics(positions)
    found = {name: float(statistic(counts.table())) for name, statistic in statistics.items()}
    reason = _ONE_VALUE if rows else _NO_ROWS
    ranks = rank_correlations(scores)
    return RatingReport(
        rated=len(rows),
        prompts=len(prompts),
        levels=len(np.unique(human)),
        figures={
            **{name: figure_of(value, reason=reason) for name, value in found.items()},
            "rank_correlation": ranks["rank_correlation"],
        },
        intervals={name: _interval(counts, statistic, drawn=drawn) for name, statistic in statistics.items()}
        if rows and drawn.rounds
        else {},
        systems=system_figures(scores, rounds=drawn.rounds, seed=drawn.seed),
        baseline=_by_length(rows, human, reason=reason),
    )


def _statistics(positions: Vector) -> dict[str, Callable[[Tables], Vector]]:
    return {
        "weighted_kappa": partial(weighted_kappas, positions=positions),
        "within_one_step": partial(nearnesses, positions=positions, reach=ONE_STEP),
        "shift": partial(shifts, positions=positions),
    }


def _counted(human: Vector, judge: Vector, *, item: Any, items: int) -> tuple[VerdictCounts, Vector]:
    """Return the counts of values, and where each value stands."""
    positions, codes = np.unique(np.concatenate([human, judge]), return_inverse=True)
    sides = codes.reshape(2, -1)
    size = (items, len(positions))
    return VerdictCounts.of(item=item, human=sides[0], judge=sides[1], size=size), positions


def _interval(counts: VerdictCounts, statistic: Callable[[Tables], Vector], *, drawn: Drawn) -> Range:
    return bootstrap_interval(
        lambda weights: statistic(counts.tables(weights)),
        clusters=int(counts.by_item.shape[0]),
        rounds=drawn.rounds,
        seed=drawn.seed,
        width=counts.values**2,
    )


def _by_length(rows: Sequence[RatedAnswer], human: Vector, *, reason: str) -> Figure:
    """Return the weighted kappa of people's own ratings, dealt out again by length."""
    dealt = np.empty(len(rows))
    dealt[np.argsort([row.length for row in rows], kind="stable")] = np.sort(human)
    counts, positions = _counted(human, dealt, item=np.zeros(len(rows), dtype=np.intp), items=1)
    return figure_of(float(weighted_kappas(counts.table(), positions=positions)), reason=reason)
