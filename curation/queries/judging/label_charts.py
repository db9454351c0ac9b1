"""Charts of judgements as SVG: forest plots, reliability diagrams, tables of two labels, bars of win rates.

Each comes with a text alternative and with the figures that it was drawn from. In a page its colours are the theme's
(static/css/label_charts.css); a file has colours of its own, light or dark.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, TypeAlias

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from curation.domain.importers.record_files import guarded
from curation.domain.versions.calibration import ReliabilityBin
from curation.domain.versions.intervals import Interval

Cell: TypeAlias = str | int | float | None
# Never seen in a page: the stylesheet maps each to a colour that reads well in the light and in the dark.
MARK, TEXT, LINES, SOFT = "#0000b1", "#0000b2", "#0000b3", "#0000b4"
LIGHT = {MARK: "#175a85", TEXT: "#1c2126", LINES: "#868f96", SOFT: "#e7f0f6"}
DARK = {MARK: "#8cc0e6", TEXT: "#e4e7e9", LINES: "#717c84", SOFT: "#1c303e"}
PAPER = {"light": "#ffffff", "dark": "#1b2024"}
WIDTH, ROW, SQUARE = 420, 26, 300
LONGEST_NAME = 40
# By how many pixels a letter of a page may be wider than one that the renderer measures.
WIDER = 1.5
# The fullest cell of a table is no darker than this, so that its figures stay readable.
DEEPEST = 0.4
_ROOT = re.compile(r"<svg\b[^>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """A named figure with its interval, and how many judgements it rests on, where that is known."""

    name: str
    value: float
    interval: Interval | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradePoint:
    """What a set of `size` costs (x) and brings (y), both in [0, 1]."""

    x: float
    y: float
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnChart:
    """A chart: the drawing, what it says in words, and its figures as a table."""

    svg: SafeString
    title: str
    description: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def as_csv(self) -> str:
        """Return the figures as a CSV file; no cell of it runs as a formula."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([_csv_cell(cell) for cell in row] for row in self.rows)
        return out.getvalue()

    def as_file(self, *, theme: str = "light") -> str:
        """Return the drawing with colours and a ground of its own, for a file that no stylesheet accompanies."""
        drawn = str(self.svg)
        for name, colour in (DARK if theme == "dark" else LIGHT).items():
            drawn = drawn.replace(name, colour)
        ground = f'<rect width="100%" height="100%" fill="{PAPER[theme]}"/>'
        words = f"<title>{escape(self.title)}</title><desc>{escape(self.description)}</desc>"
        return _ROOT.sub(lambda root: root.group() + words + ground, drawn, count=1)


def forest_plot(
    estimates: Sequence[Estimated], *, title: str, axis: str, reference: float = 0.0
) -> DrawnChart | None:
    """Draw figures with their intervals, one below the other, beside a line that means "no difference"."""
    if not estimates:
        return None
    import altair

    values = _values(estimates)
    base = altair.Chart(altair.Data(values=values)).encode(y=_rows())
    whisker = base.mark_rule(color=MARK, strokeWidth=2).encode(
        x=altair.X("low:Q", title=axis, scale=altair.Scale(zero=False)), x2="high:Q"
    )
    dots = base.mark_circle(color=MARK, size=80, opacity=1).encode(x="value:Q")
    line = (
        altair.Chart(altair.Data(values=[{"at": reference}]))
        .mark_rule(color=LINES, strokeDash=[4, 4])
        .encode(x="at:Q")
    )
    layers = altair.layer(line, whisker, dots).properties(width=WIDTH, height=ROW * len(values))
    return DrawnChart(
        svg=_svg(layers, names=[each.name for each in estimates]),
        title=title,
        description=_described(title, [_said(each) for each in estimates]),
        columns=(_("name"), axis, _("low"), _("high"), _("judgements")),
        rows=tuple(_row(each) for each in estimates),
    )


def win_rate_bars(estimates: Sequence[Estimated], *, title: str) -> DrawnChart | None:
    """Draw shares from 0 to 1 as bars with their intervals, and a line at one half."""
    if not estimates:
        return None
    import altair

    axis = _("share won, a tie as half")
    values = _values(estimates)
    base = altair.Chart(altair.Data(values=values)).encode(y=_rows())
    scale = altair.Scale(domain=[0, 1])
    bars = base.mark_bar(color=SOFT, stroke=MARK, strokeWidth=1, height=16).encode(
        x=altair.X("value:Q", title=axis, scale=scale, axis=altair.Axis(format="%"))
    )
    whisker = base.mark_rule(color=TEXT, strokeWidth=2).encode(x=altair.X("low:Q", scale=scale), x2="high:Q")
    half = (
        altair.Chart(altair.Data(values=[{"at": 0.5}]))
        .mark_rule(color=LINES, strokeDash=[4, 4])
        .encode(x=altair.X("at:Q", scale=scale))
    )
    layers = altair.layer(bars, half, whisker).properties(width=WIDTH, height=ROW * len(values))
    return DrawnChart(
        svg=_svg(layers, names=[each.name for each in estimates]),
        title=title,
        description=_described(title, [_said(each, percent=True) for each in estimates]),
        columns=(_("name"), axis, _("low"), _("high"), _("judgements")),
        rows=tuple(_row(each) for each in estimates),
    )


def reliability_diagram(bins: Sequence[ReliabilityBin], *, title: str) -> DrawnChart | None:
    """Draw what was claimed against what was so, with intervals, beside the diagonal of honest claims."""
    if not bins:
        return None
    import altair

    values = [
        {
            "claimed": each.claimed,
            "observed": each.observed,
            "low": each.interval.low,
            "high": each.interval.high,
            "count": each.count,
        }
        for each in bins
    ]
    unit = altair.Scale(domain=[0, 1])
    x = altair.X("claimed:Q", title=_("claimed"), scale=unit)
    base = altair.Chart(altair.Data(values=values))
    diagonal = (
        altair.Chart(altair.Data(values=[{"at": 0}, {"at": 1}]))
        .mark_line(color=LINES, strokeDash=[4, 4])
        .encode(x=altair.X("at:Q", scale=unit), y=altair.Y("at:Q", scale=unit))
    )
    whisker = base.mark_rule(color=MARK, strokeWidth=2).encode(
        x=x, y=altair.Y("low:Q", title=_("observed"), scale=unit), y2="high:Q"
    )
    size = altair.Size("count:Q", legend=None, scale=altair.Scale(type="sqrt", range=[30, 300]))
    dots = base.mark_circle(color=MARK, opacity=1).encode(x=x, y="observed:Q", size=size)
    return DrawnChart(
        svg=_svg(altair.layer(diagonal, whisker, dots).properties(width=SQUARE, height=SQUARE)),
        title=title,
        description=_described(title, [_said_of_bin(each) for each in bins]),
        columns=(_("claimed"), _("observed"), _("low"), _("high"), _("count")),
        rows=tuple((each.claimed, each.observed, *each.interval, each.count) for each in bins),
    )


def trade_off_curve(
    points: Sequence[TradePoint], *, title: str, axes: tuple[str, str], standing: TradePoint | None = None
) -> DrawnChart | None:
    """Draw what tolerating more buys, as steps with a number at each; `standing` is marked beside the curve."""
    if not points:
        return None
    import altair

    unit = altair.Scale(domain=[0, 1], nice=False)
    x = altair.X("x:Q", title=axes[0], scale=unit, axis=altair.Axis(format="%", tickCount=5))
    y = altair.Y("y:Q", title=axes[1], scale=unit, axis=altair.Axis(format="%", tickCount=5))
    values = [{"x": each.x, "y": each.y, "said": str(each.size)} for each in points]
    base = altair.Chart(altair.Data(values=values))
    steps = base.mark_line(color=MARK, interpolate="step-after", strokeWidth=2).encode(x=x, y=y)
    dots = base.mark_circle(color=MARK, size=70, opacity=1).encode(x=x, y=y)
    sizes = base.mark_text(color=TEXT, dx=10, dy=13, fontSize=12).encode(x=x, y=y, text="said:N")
    layers = [steps, dots, sizes]
    if standing is not None:
        there = altair.Chart(altair.Data(values=[{"x": standing.x, "y": standing.y}]))
        layers.append(there.mark_point(color=TEXT, shape="diamond", size=160, strokeWidth=2).encode(x=x, y=y))
    drawn = altair.layer(*layers).properties(width=SQUARE, height=SQUARE)
    said = [_said_of_trade(each) for each in points]
    return DrawnChart(
        svg=_svg(drawn),
        title=title,
        description=_described(
            title, said + ([_("chosen: ") + _said_of_trade(standing)] if standing else [])
        ),
        columns=(_("assertions"), *axes),
        rows=tuple((each.size, each.x, each.y) for each in points),
    )


def label_grid(
    counts: Mapping[tuple[str, str], int], *, names: Sequence[str], title: str, sides: tuple[str, str]
) -> DrawnChart | None:
    """Draw how often each label of one side met each of the other; counts by (row, column), sides name both."""
    total = sum(counts.values())
    if not total:
        return None
    import altair

    most = max(counts.values())
    short = dict(zip(names, _short(names), strict=True))
    values = [
        {
            "row": short[row],
            "column": short[column],
            "depth": counts.get((row, column), 0) / most,
            "shown": f"{counts.get((row, column), 0):,} ({counts.get((row, column), 0) / total:.1%})",
        }
        for row in names
        for column in names
    ]
    order = list(short.values())
    base = altair.Chart(altair.Data(values=values)).encode(
        x=altair.X("column:N", sort=order, title=sides[1], axis=altair.Axis(orient="top", labelAngle=0)),
        y=altair.Y("row:N", sort=order, title=sides[0]),
    )
    squares = base.mark_rect(color=MARK, stroke=LINES, strokeWidth=1).encode(
        fillOpacity=altair.FillOpacity(
            "depth:Q", legend=None, scale=altair.Scale(domain=[0, 1], range=[0, DEEPEST])
        )
    )
    figures = base.mark_text(fontSize=13, color=TEXT).encode(text="shown:N")
    side = 110 * len(names)
    return DrawnChart(
        svg=_svg(altair.layer(squares, figures).properties(width=side, height=side // 2)),
        title=title,
        description=_described(title, _said_of_grid(counts, names=names, sides=sides)),
        columns=(f"{sides[0]} ↓ {sides[1]} →", *names),
        rows=tuple((row, *(counts.get((row, column), 0) for column in names)) for row in names),
    )


def _rows() -> Any:
    import altair

    # Names are ordered as they were given, and cut where they are long: the table beside has them whole.
    return altair.Y("name:N", sort=None, title=None, axis=altair.Axis(labelLimit=260))


def _values(estimates: Sequence[Estimated]) -> list[dict[str, Any]]:
    found = []
    for name, each in zip(_short([each.name for each in estimates]), estimates, strict=True):
        low, high = each.interval or (each.value, each.value)
        found.append({"name": name, "value": each.value, "low": low, "high": high})
    return found


def _short(names: Sequence[str]) -> list[str]:
    """Return names that fit beside a chart; those that would be cut alike get a number, else they share a row."""
    shown: list[str] = []
    for name in names:
        cut = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
        again = sum(other == cut or other.startswith(f"{cut} (") for other in shown)
        shown.append(f"{cut} ({again + 1})" if again else cut)
    return shown


def _row(each: Estimated) -> tuple[Cell, ...]:
    low, high = each.interval or (None, None)
    return each.name, each.value, low, high, each.count


def _described(title: str, said: Sequence[str]) -> str:
    return f"{title}: " + "; ".join(said) + "."


def _said(each: Estimated, *, percent: bool = False) -> str:
    form = ".1%" if percent else ".3f"
    value = format(each.value, form)
    if each.interval is None:
        return _("{name} {value}, without an interval").format(name=each.name, value=value)
    low, high = (format(end, form) for end in each.interval)
    return _("{name} {value} ({low} to {high})").format(name=each.name, value=value, low=low, high=high)


def _said_of_bin(each: ReliabilityBin) -> str:
    return _("{claimed} claimed, {observed} observed of {count}").format(
        claimed=f"{each.claimed:.1%}", observed=f"{each.observed:.1%}", count=each.count
    )


def _said_of_trade(each: TradePoint) -> str:
    return _("{y} at {x} with {size}").format(y=f"{each.y:.0%}", x=f"{each.x:.0%}", size=each.size)


def _said_of_grid(
    counts: Mapping[tuple[str, str], int], *, names: Sequence[str], sides: tuple[str, str]
) -> list[str]:
    return [
        _("{one} {row} and {other} {column}: {count}").format(
            one=sides[0], row=row, other=sides[1], column=column, count=counts.get((row, column), 0)
        )
        for row in names
        for column in names
    ]


def _svg(chart: Any, *, names: Sequence[str] = ()) -> SafeString:
    import vl_convert

    # The page's letters are wider than those that the drawing was measured with, and names stand at its left edge.
    left = 5 + min(LONGEST_NAME, max(map(len, names), default=0)) * WIDER
    themed = (
        chart.properties(background="transparent", padding={"left": left, "right": 12, "top": 5, "bottom": 5})
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=TEXT,
            titleColor=TEXT,
            domainColor=LINES,
            tickColor=LINES,
            grid=False,
            labelFontSize=12,
            titleFontWeight="normal",
        )
    )
    # Names may be a source's: Vega draws them as text, and the renderer escapes them.
    return mark_safe(vl_convert.vegalite_to_svg(themed.to_dict()))  # noqa: S308 - drawn, its text escaped


def _csv_cell(cell: Cell) -> Cell:
    return guarded(cell) if isinstance(cell, str) else cell
