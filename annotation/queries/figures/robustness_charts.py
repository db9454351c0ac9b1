"""The figures of robustness as a page shows them: each way of asking in words, and charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.queries.queues.ways import dimension_in_words, level_in_words
from curation.domain.versions.intervals import Interval
from curation.queries.judging.label_charts import DrawnChart, Estimated, forest_plot

# What every judgement records, beside what its queue draws.
RECORDED = {
    "order": gettext_lazy("order"),
    "guideline": gettext_lazy("guideline"),
    "queue": gettext_lazy("queue"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectInWords:
    """How far one way of asking moves answers: the mean at each level, and over how many items."""

    words: str
    means: Sequence[tuple[str, float]]
    spread: float
    interval: Interval | None
    flip_rate: float | None
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KindOfFigures:
    """Choices or ratings: the figures, the effects in words, the dimensions taken together, and the chart."""

    name: str
    found: Mapping[str, Any]
    effects: Sequence[EffectInWords]
    together: str
    is_by_one: bool
    chart: DrawnChart | None


def robustness_kinds(result: Mapping[str, Any]) -> list[KindOfFigures]:
    """Return the figures of choices and of ratings, where there are any."""
    return [_kind(name, result[name]) for name in ("preferences", "ratings") if result.get(name)]


def in_words(dimension: str) -> str:
    """Return what people call a way of asking."""
    return str(RECORDED.get(dimension) or dimension_in_words(dimension))


def _kind(name: str, found: Mapping[str, Any]) -> KindOfFigures:
    # A report that was computed before each dimension had items of its own took all of them together.
    together = found.get("together", list(found["presentation"]))
    effects = [
        _effect(dimension, {"items": found["complete"], **each})
        for dimension, each in found["presentation"].items()
    ]
    titles = {"preferences": _("How far asking moves choices"), "ratings": _("How far asking moves ratings")}
    return KindOfFigures(
        name=name,
        found=found,
        effects=effects,
        together=", ".join(map(in_words, together)),
        is_by_one=len(together) == 1 < len(effects),
        chart=forest_plot(
            [Estimated(name=each.words, value=each.spread, interval=each.interval) for each in effects],
            title=titles[name],
            axis=_("difference of the means, of a scale from 0 to 1"),
        ),
    )


def _effect(dimension: str, each: Mapping[str, Any]) -> EffectInWords:
    return EffectInWords(
        words=in_words(dimension),
        means=[(level_in_words(dimension, level), mean) for level, mean in each["means"].items()],
        spread=each["spread"],
        interval=Interval(*each["interval"]) if each["interval"] else None,
        flip_rate=each["flip_rate"],
        items=each["items"],
    )
