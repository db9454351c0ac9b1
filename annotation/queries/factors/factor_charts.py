"""The charts and rows of an explanation, drawn from its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from curation.domain.versions.intervals import Interval
from curation.queries.judging.label_charts import DrawnChart, Estimated, forest_plot

# Factors that are named of a group beside its people; the table has them all.
MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCell:
    """What one group does with a factor; `tau` is None, and `undefined` says why, where it cannot be told."""

    group: str
    tau: float | None
    interval: Sequence[float] | None
    undefined: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRow:
    """A factor as the table has it: all preferences, the same at similar length, its weight, and each group."""

    name: str
    factor: Mapping[str, Any]
    cells: Sequence[GroupCell]


def factor_charts(result: Mapping[str, Any]) -> dict[str, DrawnChart | None]:
    """Return τ of all preferences, the same at similar length, and the weights beside each other."""
    explanation = result.get("explanation")
    if not explanation:
        return {}
    factors = _strongest_first(explanation["factors"])
    return {
        "taus": _forest(factors, title=_("How each factor goes with the choice"), key="tau"),
        "similar": forest_plot(
            [
                _estimated(each["meaning"], each["at_similar_length"]["tau"], each["at_similar_length"])
                for _name, each in factors
                if each["at_similar_length"]["interval"]
            ],
            title=_("The same, where both answers are about equally long"),
            axis=_("τ"),
        ),
        "weights": forest_plot(
            [
                Estimated(
                    name=each["meaning"], value=each["weight"], interval=Interval(*each["weight_interval"])
                )
                for _name, each in factors
                if each["weight_interval"]
            ],
            title=_("What is left of each factor beside the others"),
            axis=_("log-odds for one root mean square more"),
        ),
    }


def factor_rows(result: Mapping[str, Any]) -> list[FactorRow]:
    """Return the factors, the strongest first, with each group's τ."""
    explanation = result.get("explanation")
    if not explanation:
        return []
    groups = explanation.get("groups", {})
    return [
        FactorRow(
            name=name,
            factor=factor,
            cells=[_cell(group, each["factors"][name]) for group, each in groups.items()],
        )
        for name, factor in _strongest_first(explanation["factors"])
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlikeGroup:
    """People who choose alike: who, how many preferences of theirs there are, and what goes with those most."""

    number: int
    people: Sequence[str]
    pairs: int
    factors: Sequence[Mapping[str, Any]]


def alike_groups(result: Mapping[str, Any]) -> list[AlikeGroup]:
    """Return the groups that were claimed, each with its surest factors, the strongest first."""
    alike = result.get("alike") or {}
    explained = (result.get("explanation") or {}).get("groups", {})
    return [
        AlikeGroup(
            number=number,
            people=members,
            pairs=explained.get(name, {}).get("pairs", 0),
            factors=_surest(explained.get(name, {}).get("factors", {})),
        )
        for number, (name, members) in enumerate(
            zip(alike.get("names", ()), alike.get("groups", ()), strict=True), start=1
        )
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedGroups:
    """Two groups: how alike the order of their factors is, and what they surely go by differently."""

    groups: Sequence[str]
    likeness: float | None
    differing: Sequence[str]


def compared_groups(result: Mapping[str, Any]) -> list[ComparedGroups]:
    """Return every two groups that were compared, factors by their meaning."""
    explanation = result.get("explanation") or {}
    return [
        ComparedGroups(
            groups=each["groups"],
            likeness=each["rank_correlation"],
            differing=[explanation["factors"][name]["meaning"] for name in each["surely_different"]],
        )
        for each in explanation.get("comparisons", ())
    ]


def _surest(factors: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the strongest factors whose intervals leave out 0."""
    sure = [
        each
        for _name, each in _strongest_first(factors)
        if each["interval"] and not each["interval"][0] <= 0 <= each["interval"][1]
    ]
    return sure[:MOST_NAMED]


def group_charts(result: Mapping[str, Any]) -> dict[str, DrawnChart | None]:
    """Return the chart of each group's factors, by a name that an address can hold."""
    explanation = result.get("explanation") or {}
    return {
        f"group-{at}": _forest(_strongest_first(each["factors"]), title=_group_title(name, each), key="tau")
        for at, (name, each) in enumerate(explanation.get("groups", {}).items())
    }


def _group_title(name: str, each: Mapping[str, Any]) -> str:
    return _("%(group)s, %(n)s preferences") % {"group": name, "n": each["pairs"]}


def _cell(group: str, factor: Mapping[str, Any]) -> GroupCell:
    return GroupCell(
        group=group,
        tau=factor["tau"],
        interval=factor["interval"],
        undefined=factor.get("undefined", ""),
    )


def _strongest_first(factors: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return factors by how far their intervals keep from 0: three pairs that agree make no strong factor."""

    def strength(named: tuple[str, Mapping[str, Any]]) -> tuple[float, float]:
        low, high = named[1]["interval"] or (0.0, 0.0)
        return max(low, -high, 0.0), abs(named[1]["tau"] or 0)

    return sorted(factors.items(), key=strength, reverse=True)


def _forest(factors: Sequence[tuple[str, Mapping[str, Any]]], *, title: str, key: str) -> DrawnChart | None:
    return forest_plot(
        [_estimated(each["meaning"], each[key], each) for _name, each in factors if each["interval"]],
        title=title,
        axis=_("τ: from −1, always the answer with less, to 1, always the one with more"),
    )


def _estimated(name: str, value: float, each: Mapping[str, Any]) -> Estimated:
    return Estimated(name=name, value=value, interval=Interval(*each["interval"]), count=each["pairs"])
