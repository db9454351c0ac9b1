"""Charts of a judge's report."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from annotation.queries.judges.gate_words import rule_words
from curation.domain.versions.intervals import Interval
from curation.queries.judging.label_charts import DrawnChart, Estimated, forest_plot, label_grid


def report_charts(report: Mapping[str, Any]) -> dict[str, DrawnChart | None]:
    """Return the charts of a report by the name that their files have."""
    return {
        "agreement": _agreement(report),
        "shift": _shift_of(
            report["per_system"],
            title=_("Share of wins, judge minus people"),
            axis=_("shift of the share of wins"),
        ),
        "habits": _habits(report),
        "confusion": _confusion(report),
        "score_shift": _shift_of(
            report.get("ratings", {}).get("per_system", {}),
            title=_("Mean score, judge minus people"),
            axis=_("shift of the mean score, in steps"),
        ),
    }


def _agreement(report: Mapping[str, Any]) -> DrawnChart | None:
    """Draw chance-corrected agreement of the judge beside that of every rule without a model."""
    names = {"cohen_kappa": _("judge, Cohen's κ"), "scott_pi": _("judge, Scott's π")}
    shown = [
        Estimated(name=words, value=report[name], interval=_interval(report["intervals"].get(name)))
        for name, words in names.items()
        if report[name] is not None
    ]
    shown += [
        Estimated(name=_("rule: %(rule)s") % {"rule": rule_words(rule)}, value=figures["cohen_kappa"])
        for rule, figures in report["baselines"].items()
        if figures["cohen_kappa"] is not None
    ]
    return forest_plot(shown, title=_("Agreement with people beyond chance"), axis=_("κ or π"))


def _shift_of(systems: Mapping[str, Any], *, title: str, axis: str) -> DrawnChart | None:
    """Draw how far the judge lies above people for each model."""
    shown = [
        Estimated(name=name, value=each["shift"], interval=_interval(each["interval"]), count=each["rows"])
        for name, each in systems.items()
    ]
    return forest_plot(shown, title=title, axis=axis)


def _habits(report: Mapping[str, Any]) -> DrawnChart | None:
    names = {
        "position": _("judge takes the answer shown first"),
        "longer_by_judge": _("judge takes the longer answer"),
        "longer_by_people": _("people take the longer answer"),
    }
    shown = [
        Estimated(
            name=words,
            value=report[name]["share"],
            interval=_interval(report[name]["interval"]),
            count=report[name]["chances"],
        )
        for name, words in names.items()
        if report[name]["share"] is not None
    ]
    return forest_plot(shown, title=_("Habits"), axis=_("share; one half is no habit"), reference=0.5)


def _confusion(report: Mapping[str, Any]) -> DrawnChart | None:
    names = [_("A better"), _("B better"), _("tie")]
    counts = {
        (row_name, column): count
        for row_name, row in zip(names, report["confusion"], strict=True)
        for column, count in zip(names, row, strict=True)
    }
    sides = (_("people"), _("judge"))
    return label_grid(counts, names=names, title=_("What people and the judge decided"), sides=sides)


def _interval(ends: Any) -> Interval | None:
    return Interval(*ends) if ends else None
