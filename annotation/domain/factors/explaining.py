"""The whole answer to "why": each factor for all pairs, at similar length, and for each group."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np

from annotation.domain.factors.comparing import Comparison, compare_groups
from annotation.domain.factors.embedded import EMBEDDED_FACTORS
from annotation.domain.factors.length import LengthAlarm, length_alarm
from annotation.domain.factors.surface import SURFACE_FACTORS
from annotation.domain.factors.table import FactorTable
from annotation.domain.factors.tau import Tau, tau_of
from annotation.domain.factors.weighing import Weighing, weigh_factors

# Groups of fewer pairs than so many others say little, and each takes a model of its own.
MOST_GROUPS = 50
# Every two of more groups are more comparisons than anybody reads.
MOST_COMPARED = 8


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
    comparisons: tuple[Comparison, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the explanation as commands print it."""
        return {
            "pairs": self.pairs,
            "prompts": self.prompts,
            "factors": {name: self._factor(name) for name in self.taus},
            "model": self.weighing.as_json(),
            "length": self.length.as_json(),
            "alarm": bool(self.length.explains),
            **self._by_group(),
        }

    def _by_group(self) -> dict[str, Any]:
        if not self.groups:
            return {}
        return {
            "groups": {name: each.as_json() for name, each in self.groups.items()},
            "comparisons": [each.as_json() for each in self.comparisons],
        }

    def _factor(self, name: str) -> dict[str, Any]:
        weight = self.weighing.weights.get(name)
        factor = SURFACE_FACTORS.get(name)
        return {
            **self.taus[name].as_json(),
            **(weight.as_json() if weight else {"weight": None, "weight_interval": None}),
            "at_similar_length": self.at_similar_length[name].as_json(),
            "meaning": factor.meaning if factor else EMBEDDED_FACTORS.get(name, name),
        }


def explain_preferences(table: FactorTable) -> Explanation:
    """Explain all pairs, and where there are several groups the larger ones, and every two beside each other."""
    sizes = Counter(group for group in table.group if group)
    names = sorted(name for name, _ in sizes.most_common(MOST_GROUPS))
    whole = explain_together(table)
    if len(names) < 2:
        return whole
    tables = {name: table.of_group(name) for name in names}
    groups = {name: explain_together(own) for name, own in tables.items()}
    compared = sorted(name for name, _ in sizes.most_common(MOST_COMPARED))
    pairs = combinations([(name, tables[name], groups[name].taus) for name in compared], 2)
    return replace(whole, groups=groups, comparisons=tuple(compare_groups(*pair) for pair in pairs))


def discordant_pairs(table: FactorTable, *, factor: str, limit: int | None = None) -> list[int]:
    """Return the numbers of the pairs that go against a factor's τ, the largest difference first."""
    difference = table.column(factor)
    tau = tau_of(difference, prompt=table.prompt).tau
    if not tau:
        return []
    against = -np.sign(tau) * np.nan_to_num(difference)
    order = np.argsort(-against, kind="stable")
    return [int(row) for row in order if against[row] > 0][:limit]


def explain_together(table: FactorTable) -> Explanation:
    """Explain all pairs, whosever they are."""
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
