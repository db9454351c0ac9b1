"""The whole answer to "why": each factor for all pairs, at similar length, and for each group."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from annotation.domain.factors.length import LengthAlarm, length_alarm
from annotation.domain.factors.surface import SURFACE_FACTORS
from annotation.domain.factors.table import FactorTable
from annotation.domain.factors.tau import Tau, clustered_variance, tau_of
from annotation.domain.factors.weighing import Weighing, weigh_factors
from curation.domain.versions.intervals import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """τ of one group minus τ of another, with its 95 % interval clustered by prompt."""

    difference: float
    interval: Interval

    def as_json(self) -> dict[str, Any]:
        """Return the gap as commands print it."""
        return {"difference": self.difference, "interval": list(self.interval)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What goes with the preference; `groups` holds the same for each group's pairs alone."""

    pairs: int
    prompts: int
    taus: Mapping[str, Tau]
    at_similar_length: Mapping[str, Tau]
    weighing: Weighing
    length: LengthAlarm
    groups: Mapping[str, "Explanation"] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the explanation as commands print it."""
        return {
            "pairs": self.pairs,
            "prompts": self.prompts,
            "factors": {name: self._factor(name) for name in self.taus},
            "model": self.weighing.as_json(),
            "length": self.length.as_json(),
            "alarm": bool(self.length.explains),
            **(
                {"groups": {name: each.as_json() for name, each in self.groups.items()}}
                if self.groups
                else {}
            ),
        }

    def _factor(self, name: str) -> dict[str, Any]:
        weight = self.weighing.weights.get(name)
        factor = SURFACE_FACTORS.get(name)
        return {
            **self.taus[name].as_json(),
            **(weight.as_json() if weight else {"weight": None, "weight_interval": None}),
            "at_similar_length": self.at_similar_length[name].as_json(),
            "meaning": factor.meaning if factor else name,
        }


def explain_preferences(table: FactorTable) -> Explanation:
    """Explain all pairs, and those of each group where there are several."""
    names = sorted({group for group in table.group if group})
    whole = _explained(table)
    if len(names) < 2:
        return whole
    return Explanation(
        pairs=whole.pairs,
        prompts=whole.prompts,
        taus=whole.taus,
        at_similar_length=whole.at_similar_length,
        weighing=whole.weighing,
        length=whole.length,
        groups={name: _explained(table.of_group(name)) for name in names},
    )


def gap_between(one: FactorTable, other: FactorTable, *, factor: str) -> Gap | None:
    """Return how much more one group goes by a factor than the other (judge minus people, say).

    Prompts that both groups judged are taken as one cluster. None where a group has no pair with the factor.
    """
    parts = []
    clusters = []
    for sign, table in ((1.0, one), (-1.0, other)):
        difference = table.column(factor)
        known = np.isfinite(difference)
        if not known.any():
            return None
        signs = np.sign(difference[known])
        parts.append((sign, signs))
        clusters.append(table.prompt[known])
    cluster = np.concatenate(clusters)
    if len(np.unique(cluster)) < 2:
        return None
    # The difference of two means is a mean of residuals, each weighed by its group's share.
    total = len(cluster)
    residual = np.concatenate([sign * (signs - signs.mean()) * total / len(signs) for sign, signs in parts])
    value = float(parts[0][1].mean() - parts[1][1].mean())
    error = 1.96 * float(np.sqrt(clustered_variance(residual, cluster=cluster)))
    return Gap(difference=value, interval=Interval(value - error, value + error))


def discordant_pairs(table: FactorTable, *, factor: str, limit: int | None = None) -> list[int]:
    """Return the numbers of the pairs that go against a factor's τ, the largest difference first."""
    difference = table.column(factor)
    tau = tau_of(difference, prompt=table.prompt).tau
    if not tau:
        return []
    against = -np.sign(tau) * np.nan_to_num(difference)
    order = np.argsort(-against, kind="stable")
    return [int(row) for row in order if against[row] > 0][:limit]


def _explained(table: FactorTable) -> Explanation:
    return Explanation(
        pairs=len(table),
        prompts=len(np.unique(table.prompt)),
        taus=_taus(table),
        at_similar_length=_taus(table.of_similar_length()),
        weighing=weigh_factors(table),
        length=length_alarm(table),
    )


def _taus(table: FactorTable) -> dict[str, Tau]:
    return {name: tau_of(table.column(name), prompt=table.prompt) for name in table.names}
