"""Charts of reports as SVG, drawn on the server; their colours are names that the stylesheet gives a theme's."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from feedback_mining.queries.reports import Decay, Group

# Never seen: static/css/mining.css maps each to a colour that reads well in the light and in the dark theme.
SAT, DSAT, AXIS = "#0000f1", "#0000f2", "#0000f3"
WIDTH, HEIGHT, SQUARE = 560, 180, 220
# The renderer takes whole addresses alone; what it drew has them without this beginning.
_NOWHERE = "https://nowhere.invalid"


def rates_chart(groups: Sequence[Group], *, title: str, words: str) -> SafeString | None:
    """Draw per group how many of 100 messages hold satisfaction and dissatisfaction; None without groups.

    Each bar leads to the words behind it: `words` is their address as far as all bars share it, ending in a query.
    """
    values = [
        {
            "x": (group.key or "?")[:40],
            "kind": kind,
            "rate": 100 * rate,
            "href": f"{_NOWHERE}{words}&{urlencode({'key': group.key, 'polarity': kind.lower()})}",
        }
        for group in groups
        for kind, rate in (("SAT", group.sat_rate), ("DSAT", group.dsat_rate))
    ]
    return _bars(values, title=title, y=_("of 100 messages")) if values else None


def decay_chart(decay: Sequence[Decay]) -> SafeString | None:
    """Draw how well answers follow what binds them, by depth; None without any."""
    values = [{"x": str(each.depth), "kind": "SAT", "rate": 100 * each.followed} for each in decay]
    return _bars(values, title=_("turn"), y=_("% followed")) if values else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedBin:
    """Messages whose probabilities lie together: what was claimed on average, how often it was so, of how many."""

    polarity: str
    claimed: float
    observed: float
    count: int


@lru_cache(maxsize=32)
def reliability_chart(bins: tuple[CalibratedBin, ...]) -> SafeString | None:
    """Draw how often what was claimed was so; on the line, probabilities hold. None without bins."""
    if not bins:
        return None
    import altair

    share = altair.Scale(domain=[0, 1])
    held = altair.Chart(altair.Data(values=[asdict(each) for each in bins]))
    colour = altair.Color(
        "polarity:N", legend=None, scale=altair.Scale(domain=["sat", "dsat"], range=[SAT, DSAT])
    )
    x = altair.X("claimed:Q", title=_("probability claimed"), scale=share, axis=altair.Axis(grid=False))
    y = altair.Y("observed:Q", title=_("share that was so"), scale=share, axis=altair.Axis(grid=False))
    exact = altair.Chart(altair.Data(values=[{"at": 0}, {"at": 1}])).mark_line(
        color=AXIS, strokeDash=[4, 4], strokeWidth=1
    )
    size = altair.Size("count:Q", legend=None, scale=altair.Scale(type="sqrt", range=[20, 400]))
    drawn = altair.layer(
        exact.encode(x=altair.X("at:Q", title=_("probability claimed")), y=altair.Y("at:Q")),
        held.mark_line(strokeWidth=2).encode(x=x, y=y, color=colour),
        held.mark_circle(opacity=1).encode(x=x, y=y, color=colour, size=size),
    )
    return _as_svg(drawn.properties(width=SQUARE, height=SQUARE, background="transparent"))


def _as_svg(chart: Any) -> SafeString:
    import vl_convert

    plain = chart.configure_view(stroke=None).configure_axis(
        labelColor=AXIS, titleColor=AXIS, domainColor=AXIS, tickColor=AXIS, titleFontWeight="normal"
    )
    drawn = vl_convert.vegalite_to_svg(plain.to_dict())
    # Whoever uses the keyboard or hears the page has the table below, and not each link a second time.
    drawn = drawn.replace("<svg ", '<svg aria-hidden="true" ', 1)
    drawn = drawn.replace(f'<a xlink:href="{_NOWHERE}', '<a tabindex="-1" xlink:href="')
    # Names may be a source's: Vega draws them as text, and the renderer escapes them.
    return mark_safe(drawn)  # noqa: S308 - drawn, its text escaped


def _bars(values: Sequence[Mapping[str, Any]], *, title: str, y: str) -> SafeString:
    import altair

    linked = {"href": altair.Href("href:N")} if values and "href" in values[0] else {}
    bars = (
        altair.Chart(altair.Data(values=list(values)))
        .mark_bar(aria=False)
        .encode(
            **linked,
            x=altair.X("x:N", sort=None, title=title, axis=altair.Axis(labelAngle=-40)),
            xOffset=altair.XOffset("kind:N", sort=["SAT", "DSAT"]),
            y=altair.Y("rate:Q", title=y, axis=altair.Axis(grid=False)),
            color=altair.Color(
                "kind:N", legend=None, scale=altair.Scale(domain=["SAT", "DSAT"], range=[SAT, DSAT])
            ),
        )
        .properties(width=WIDTH, height=HEIGHT, background="transparent")
    )
    return _as_svg(bars)
