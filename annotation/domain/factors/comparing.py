"""Whether two groups (people and a judge, say) choose by the same factors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from annotation.domain.factors.table import FactorTable, FloatArray, IntArray
from annotation.domain.factors.tau import Tau, clustered_variance
from annotation.domain.figures import Figure, Undefined, json_value
from curation.domain.versions.intervals import Interval

# A rank correlation of fewer says nothing.
FEWEST_FACTORS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """τ of one group minus τ of another, with its 95 % interval clustered by prompt."""

    difference: float
    interval: Interval

    @property
    def is_sure(self) -> bool:
        """Return whether the interval leaves out 0."""
        return not self.interval.low <= 0 <= self.interval.high

    def as_json(self) -> dict[str, Any]:
        """Return the gap as commands print it."""
        return {"difference": self.difference, "interval": list(self.interval)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two groups: how alike the order of their factors is (Spearman, −1 to 1), and each factor's gap."""

    one: str
    other: str
    likeness: Figure
    gaps: Mapping[str, Gap]

    def as_json(self) -> dict[str, Any]:
        """Return the comparison as commands print it."""
        return {
            "groups": [self.one, self.other],
            "rank_correlation": json_value(self.likeness),
            "gaps": {name: gap.as_json() for name, gap in self.gaps.items()},
            "surely_different": [name for name, gap in self.gaps.items() if gap.is_sure],
        }


def gap_between(one: FactorTable, other: FactorTable, *, factor: str) -> Gap | None:
    """Return how much more one group goes by a factor than the other; None where either has no pair with it.

    Prompts that both groups judged are one cluster.
    """
    sides = [_signs(one, factor), _signs(other, factor)]
    prompts = np.concatenate([prompt for _, prompt in sides])
    if any(not len(signs) for signs, _ in sides) or len(np.unique(prompts)) < 2:
        return None
    # The difference of two means is a mean of residuals, each weighed by its group's share.
    residual = np.concatenate(
        [
            sign * (signs - signs.mean()) * len(prompts) / len(signs)
            for sign, (signs, _) in zip((1.0, -1.0), sides, strict=True)
        ]
    )
    value = float(sides[0][0].mean() - sides[1][0].mean())
    error = 1.96 * float(np.sqrt(clustered_variance(residual, cluster=prompts)))
    return Gap(difference=value, interval=Interval(value - error, value + error))


def compare_groups(
    one: tuple[str, FactorTable, Mapping[str, Tau]], other: tuple[str, FactorTable, Mapping[str, Tau]]
) -> Comparison:
    """Compare two groups, each given by name, table and τ by factor."""
    gaps = {name: gap_between(one[1], other[1], factor=name) for name in one[1].names}
    return Comparison(
        one=one[0],
        other=other[0],
        likeness=_likeness(one[2], other[2]),
        gaps={name: gap for name, gap in gaps.items() if gap is not None},
    )


def _likeness(one: Mapping[str, Tau], other: Mapping[str, Tau]) -> Figure:
    """Return Spearman's ρ of the two orders of factors that differ within pairs of both groups."""
    both = [name for name in one if name in other and one[name].interval and other[name].interval]
    values = [[taus[name].tau for name in both] for taus in (one, other)]
    if len(both) < FEWEST_FACTORS or any(len(set(side)) < 2 for side in values):
        return Undefined(f"Undefined because fewer than {FEWEST_FACTORS} factors differ in both groups.")
    return float(spearmanr(*values).statistic)


def _signs(table: FactorTable, factor: str) -> tuple[FloatArray, IntArray]:
    difference = table.column(factor)
    known = np.isfinite(difference)
    return np.sign(difference[known]), table.prompt[known]
