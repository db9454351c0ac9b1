"""The charts of calibration and noise, drawn from their figures."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from curation.domain.versions.calibration import ReliabilityBin
from curation.domain.versions.intervals import Interval
from curation.queries.judging.label_charts import DrawnChart, Estimated, forest_plot, reliability_diagram


def calibration_charts(result: Mapping[str, Any]) -> dict[str, DrawnChart | None]:
    """Return the reliability diagram of all claims, that of each group, and all groups' accuracy."""
    whole = result.get("calibration")
    if not whole:
        return {}
    groups = result.get("groups", {})
    charts = {"reliability": _diagram(whole, title=_("What was claimed, and what people chose"))}
    if groups:
        charts["accuracy"] = forest_plot(
            [
                Estimated(
                    name=name,
                    value=each["accuracy"],
                    interval=Interval(*each["accuracy_interval"]) if each["accuracy_interval"] else None,
                    count=each["count"],
                )
                for name, each in groups.items()
            ],
            title=_("How often the likelier answer was chosen"),
            axis=_("share"),
            reference=0.5,
        )
    return charts | {
        f"reliability-{at}": _diagram(each, title=name) for at, (name, each) in enumerate(groups.items())
    }


def _diagram(found: Mapping[str, Any], *, title: str) -> DrawnChart | None:
    bins = [
        ReliabilityBin(claimed=each["claimed"], observed=each["observed"], count=each["count"])
        for each in found["bins"]
    ]
    return reliability_diagram(bins, title=title)


def noise_charts(result: Mapping[str, Any]) -> dict[str, DrawnChart | None]:
    """Return the share of wrong labels by what was asked."""
    estimates = [
        Estimated(
            name=name,
            value=each["wrong_labels"],
            interval=Interval(*each["interval"]) if each["interval"] else None,
            count=each["labels"],
        )
        for name, each in result.get("asked", {}).items()
        if each["wrong_labels"] is not None
    ]
    return {"noise": forest_plot(estimates, title=_("Share of wrong labels"), axis=_("share"))}
