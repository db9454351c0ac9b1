"""Charts of a run as SVG, drawn on the server; their colours are names that the stylesheet gives a theme's colours."""

from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.utils.safestring import SafeString, mark_safe

from training_jobs.models import TrainingRun
from training_jobs.queries.curves import (
    CHARTS,
    ChartSpec,
    CurveSpec,
    Series,
    StepRow,
    newest_measurement,
    rewards_both_fall,
    series_of,
    table_rows,
)

# Never seen: static/css/training.css maps each to a colour that reads well in the light and in the dark theme.
COLOURS = {"first": "#0000c1", "second": "#0000c2", "good": "#0000c3", "bad": "#0000c4"}
TEXT, LINES = "#0000d1", "#0000d2"
WIDTH, HEIGHT = 360, 150
KEPT_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One drawn chart; `last` holds each curve with its newest value."""

    spec: ChartSpec
    svg: SafeString
    last: list[tuple[CurveSpec, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """All charts of a run, the same figures as a table, and whether their shape warns of something."""

    charts: list[Chart]
    columns: list[CurveSpec]
    rows: list[StepRow]
    both_fall: bool


def charts_of(run: TrainingRun) -> Charts:
    """Draw the curves of a run; drawn again only when there are new figures."""
    key = f"training_jobs:charts:{run.pk}:{newest_measurement(run)}"
    found: Charts | None = cache.get(key)
    if found is None:
        found = _draw_all(series_of(run))
        cache.set(key, found, KEPT_SECONDS)
    return found


def _draw_all(series: Series) -> Charts:
    columns, rows = table_rows(series)
    drawn = [_chart(spec, series) for spec in CHARTS if any(_points(curve, series) for curve in spec.curves)]
    return Charts(charts=drawn, columns=columns, rows=rows, both_fall=rewards_both_fall(series))


def _points(curve: CurveSpec, series: Series) -> list[tuple[int, float]]:
    return series.get((curve.split, curve.name), [])


def _chart(spec: ChartSpec, series: Series) -> Chart:
    last = [(curve, _points(curve, series)[-1][1]) for curve in spec.curves if _points(curve, series)]
    return Chart(spec=spec, svg=_svg(spec, series), last=last)


def _svg(spec: ChartSpec, series: Series) -> SafeString:
    import vl_convert

    # The text in it is numbers of ours: nothing that a person wrote is drawn.
    return mark_safe(vl_convert.vegalite_to_svg(_vega_lite(spec, series)))  # noqa: S308 - numbers


def _vega_lite(spec: ChartSpec, series: Series) -> dict[str, Any]:
    import altair

    values = [
        {"step": step, "value": value, "curve": curve.colour}
        for curve in spec.curves
        for step, value in _points(curve, series)
    ]
    colours = altair.Scale(domain=list(COLOURS), range=list(COLOURS.values()))
    axis = {"title": None, "labelFontSize": 12, "tickCount": 5}
    lines = (
        altair.Chart(altair.Data(values=values))
        .mark_line(strokeWidth=2, point={"size": 14} if len(values) < 60 else False)
        .encode(
            x=altair.X("step:Q", axis=altair.Axis(format="~s", grid=False, **axis)),
            y=altair.Y("value:Q", axis=altair.Axis(format="~g", **axis), scale=altair.Scale(zero=False)),
            color=altair.Color("curve:N", legend=None, scale=colours),
        )
    )
    framed = lines.properties(width=WIDTH, height=HEIGHT, background="transparent").configure_view(
        stroke=None
    )
    themed = framed.configure_axis(labelColor=TEXT, gridColor=LINES, domainColor=LINES, tickColor=LINES)
    drawn: dict[str, Any] = themed.to_dict()
    return drawn
