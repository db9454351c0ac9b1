"""The charts of a queue's pages, drawn from their figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.domain.protocol_comparison.paired_protocols import OUTCOMES
from curation.domain.versions.intervals import Interval
from curation.queries.judging.label_charts import (
    DrawnChart,
    Estimated,
    forest_plot,
    label_grid,
    win_rate_bars,
)

Charts = dict[str, DrawnChart | None]
# A chart of more rows is a wall; the table beside it has them all.
MOST_ROWS = 40
COEFFICIENTS = {
    "alpha": gettext_lazy("Krippendorff's alpha"),
    "fleiss_kappa": gettext_lazy("Fleiss' kappa"),
    "pairwise_agreement": gettext_lazy("pairwise agreement"),
}


def agreement_charts(result: Mapping[str, Any]) -> Charts:
    """Return a chart of the coefficients of everything that was asked, and of alpha by slice where there are any."""
    charts: Charts = {}
    for number, (name, found) in enumerate(result.get("asked", {}).items(), start=1):
        charts[f"agreement-{number}"] = forest_plot(
            list(_coefficients(found)),
            title=_("Agreement: %(name)s") % {"name": name},
            axis=_("agreement; of alpha and kappa, 0 is chance"),
        )
        if found["slices"]:
            charts[f"slices-{number}"] = forest_plot(
                list(_slices(found)),
                title=_("Krippendorff's alpha by part: %(name)s") % {"name": name},
                axis=_("alpha"),
            )
    return charts


@dataclass(frozen=True, slots=True, kw_only=True)
class PairOfPeople:
    """What two people have in common: their kappa, or the reason why there is none."""

    people: str
    shared: int
    kappa: float | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFigures:
    """The agreement on one thing that was asked, with its charts and the people two by two."""

    name: str
    figures: Mapping[str, Any]
    chart: DrawnChart | None
    chart_name: str
    slices: DrawnChart | None
    slices_name: str
    pairs: Sequence[PairOfPeople]


def asked_figures(result: Mapping[str, Any], *, charts: Charts) -> list[AskedFigures]:
    """Return what a page shows of each thing that was asked."""
    return [
        AskedFigures(
            name=name,
            figures=found,
            chart=charts.get(f"agreement-{number}"),
            chart_name=f"agreement-{number}",
            slices=charts.get(f"slices-{number}"),
            slices_name=f"slices-{number}",
            pairs=list(_people(found)),
        )
        for number, (name, found) in enumerate(result.get("asked", {}).items(), start=1)
    ]


def _people(found: Mapping[str, Any]) -> Iterator[PairOfPeople]:
    for names, kappa in list(found["cohen_kappa"].items())[:MOST_ROWS]:
        yield PairOfPeople(
            people=names.replace("|", " · "),
            shared=found["shared_items"][names],
            kappa=kappa,
            reason=found["undefined"].get(f"cohen_kappa {names}", ""),
        )


def _coefficients(found: Mapping[str, Any]) -> Iterator[Estimated]:
    for name, title in COEFFICIENTS.items():
        if found[name] is not None:
            yield _estimated(
                str(title), found[name], found["intervals"].get(name), count=found["compared_items"]
            )


def _slices(found: Mapping[str, Any]) -> Iterator[Estimated]:
    for part, own in {_("everything"): found, **found["slices"]}.items():
        if own["alpha"] is not None:
            yield _estimated(part, own["alpha"], own["interval"], count=own["labels"])


def decided_alike(found: Mapping[str, Any] | None) -> dict[str, int]:
    """Return of how many pairs both protocols decide, and how many of these they decide alike."""
    table: Mapping[str, Mapping[str, int]] = found["table"] if found else {}
    decided = {(row, column): table[row][column] for row in "ab" for column in "ab"} if table else {}
    return {
        "of": sum(decided.values()),
        "same": sum(count for (row, column), count in decided.items() if row == column),
    }


def protocol_charts(found: Mapping[str, Any] | None) -> Charts:
    """Return the table of both protocols, agreement by how far the ratings lie apart, leanings, win rates."""
    if not found:
        return {}
    counts = {(row, column): found["table"][row][column] for row in OUTCOMES for column in OUTCOMES}
    return {
        "protocols": label_grid(
            counts,
            names=OUTCOMES,
            title=_("What the ratings prefer, and what was chosen"),
            sides=(_("by rating"), _("chosen")),
        ),
        "gaps": forest_plot(
            [_of_gap(each) for each in found["by_gap"][:MOST_ROWS]],
            title=_("Agreement by how far the ratings lie apart"),
            axis=_("share consistent"),
            reference=1.0,
        ),
        "leanings": _leanings(found["leanings"]),
        "wins": _wins(found["models"]),
    }


def _of_gap(each: Mapping[str, Any]) -> Estimated:
    gap, up_to = each["gap"], each["up_to"]
    name = f"{gap:g}" if gap == up_to else f"{gap:g}–{up_to:g}"
    return _estimated(
        _("%(gap)s apart") % {"gap": name}, each["consistent"], each["interval"], count=each["pairs"]
    )


def _leanings(found: Mapping[str, Any]) -> DrawnChart | None:
    """Draw how often the answer with more of a trait wins under each protocol."""
    words = {"rated": _("by rating"), "chosen": _("chosen")}
    estimates = [
        _estimated(f"{trait}, {words[protocol]}", each["share"], each["interval"], count=each["pairs"])
        for trait, both in found.items()
        for protocol, each in both.items()
        if each["share"] is not None
    ]
    return forest_plot(
        estimates,
        title=_("How often the answer with more of it wins"),
        axis=_("share won by the answer with more"),
        reference=0.5,
    )


def consensus_charts(result: Mapping[str, Any]) -> Charts:
    """Return how far each annotator can be relied on."""
    estimates = [
        _estimated(each["annotator"], each["reliability"], each["interval"], count=each["judgements"])
        for each in result.get("annotators", ())
        if each["reliability"] is not None
    ]
    surest = sorted(estimates, key=lambda each: -each.value)[:MOST_ROWS]
    return {
        "reliability": forest_plot(
            surest, title=_("How far each annotator can be relied on"), axis=_("reliability"), reference=1.0
        )
    }


def group_charts(result: Mapping[str, Any]) -> Charts:
    """Return, for two groups, how often the majority of the one met that of the other."""
    grid: Sequence[tuple[str, str, int]] = result.get("grid", ())
    if not grid:
        return {}
    names = sorted({label for one, other, _count in grid for label in (one, other)})
    return {
        "groups": label_grid(
            {(one, other): count for one, other, count in grid},
            names=names,
            title=_("What the two groups say of the same"),
            sides=(_("group 1"), _("group 2")),
        )
    }


def _wins(models: Mapping[str, Any]) -> DrawnChart | None:
    """Draw the models' shares of wins by rating and by choice."""
    words = {"rated": _("by rating"), "chosen": _("chosen")}
    shares = [
        Estimated(name=f"{model}, {words[protocol]}", value=each[protocol], count=each["games"])
        for model, each in list(models.items())[: MOST_ROWS // 2]
        for protocol in words
        if each[protocol] is not None
    ]
    return win_rate_bars(shares, title=_("Win rates under both protocols"))


def _estimated(name: str, value: float, interval: Sequence[float] | None, *, count: int | None) -> Estimated:
    return Estimated(name=name, value=value, interval=Interval(*interval) if interval else None, count=count)
