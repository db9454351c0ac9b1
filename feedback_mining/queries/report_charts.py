"""Charts of reports as SVG, drawn on the server; their colours are names that the stylesheet gives a theme's."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from feedback_mining.queries.reports import Decay, Group

# Never seen: static/css/mining.css maps each to a colour that reads well in the light and in the dark theme.
SAT, DSAT, AXIS = "#0000f1", "#0000f2", "#0000f3"
WIDTH, HEIGHT = 560, 180


def rates_chart(groups: Sequence[Group], *, title: str) -> SafeString | None:
    """Draw per group how many of 100 messages hold satisfaction and dissatisfaction; None without groups."""
    values = [
        {"x": (group.key or "?")[:40], "kind": kind, "rate": 100 * rate}
        for group in groups
        for kind, rate in (("SAT", group.sat_rate), ("DSAT", group.dsat_rate))
    ]
    return _bars(values, title=title, y=_("of 100 messages")) if values else None


def decay_chart(decay: Sequence[Decay]) -> SafeString | None:
    """Draw how well answers follow what binds them, by depth; None without any."""
    values = [{"x": str(each.depth), "kind": "SAT", "rate": 100 * each.followed} for each in decay]
    return _bars(values, title=_("turn"), y=_("% followed")) if values else None


def _bars(values: Sequence[Mapping[str, Any]], *, title: str, y: str) -> SafeString:
    import altair
    import vl_convert

    bars = (
        altair.Chart(altair.Data(values=list(values)))
        .mark_bar()
        .encode(
            x=altair.X("x:N", sort=None, title=title, axis=altair.Axis(labelAngle=-40)),
            xOffset=altair.XOffset("kind:N", sort=["SAT", "DSAT"]),
            y=altair.Y("rate:Q", title=y, axis=altair.Axis(grid=False)),
            color=altair.Color(
                "kind:N", legend=None, scale=altair.Scale(domain=["SAT", "DSAT"], range=[SAT, DSAT])
            ),
        )
        .properties(width=WIDTH, height=HEIGHT, background="transparent")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=AXIS, titleColor=AXIS, domainColor=AXIS, tickColor=AXIS, titleFontWeight="normal"
        )
    )
    # Names may be a source's: Vega draws them as text, and the renderer escapes them.
    return mark_safe(vl_convert.vegalite_to_svg(bars.to_dict()))  # noqa: S308 - drawn, its text escaped
