"""The map of topics as SVG, drawn on the server; its colours are names that the stylesheet gives a theme's colours."""

from collections.abc import Sequence
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from curation.models import Topic

# Never seen: static/css/finding.css maps each to a colour that reads well in the light and in the dark theme.
FULL, THIN, TEXT = "#0000e1", "#0000e2", "#0000e3"
WIDTH, HEIGHT = 640, 420
# Names of more topics would lie on each other; the list beside the map has them all.
NAMED = 12


def map_svg(topics: Sequence[Topic]) -> SafeString | None:
    """Draw topics where they lie, as large as they are; None where fewer than two have a place."""
    placed = [topic for topic in topics if topic.x is not None and topic.y is not None]
    if len(placed) < 2:
        return None
    import vl_convert

    # Names are made of words that users wrote: Vega draws them as text, and the renderer escapes them.
    return mark_safe(vl_convert.vegalite_to_svg(_vega_lite(placed)))  # noqa: S308 - drawn, its text escaped


def _vega_lite(topics: Sequence[Topic]) -> dict[str, Any]:
    import altair

    values = [
        {
            "x": topic.x,
            "y": topic.y,
            "messages": topic.message_count,
            "kind": "thin" if topic.is_thin else "full",
            "name": topic.name if number < NAMED else "",
        }
        for number, topic in enumerate(topics)
    ]
    scale = altair.Scale(domain=[-1.15, 1.15])
    place = {"x": altair.X("x:Q", axis=None, scale=scale), "y": altair.Y("y:Q", axis=None, scale=scale)}
    base = altair.Chart(altair.Data(values=values)).encode(**place)
    dots = base.mark_circle(opacity=0.55, stroke=TEXT, strokeWidth=0.5).encode(
        size=altair.Size("messages:Q", legend=None, scale=altair.Scale(range=[40, 1600])),
        color=altair.Color(
            "kind:N", legend=None, scale=altair.Scale(domain=["full", "thin"], range=[FULL, THIN])
        ),
    )
    names = base.mark_text(fontSize=12, color=TEXT, dy=-4).encode(text="name:N")
    framed = (dots + names).properties(width=WIDTH, height=HEIGHT, background="transparent")
    drawn: dict[str, Any] = framed.configure_view(stroke=None).to_dict()
    return drawn
