"""The map of topics as SVG, drawn on the server; its colours are names that the stylesheet gives a theme's colours."""

from collections.abc import Sequence
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from curation.models import Topic

# Never seen: static/css/finding.css maps each to a colour that reads well in the light and in the dark theme.
FULL, THIN, TEXT = "#0000e1", "#0000e2", "#0000e3"
WIDTH, HEIGHT = 720, 400
# Names of more topics would lie on each other; the table below the map has them all.
MOST_NAMED = 16
LETTER_WIDTH, LINE_HEIGHT = 7, 16


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

    x, y = _domain([topic.x or 0.0 for topic in topics]), _domain([topic.y or 0.0 for topic in topics])
    place = {
        "x": altair.X("x:Q", axis=None, scale=altair.Scale(domain=x, nice=False)),
        "y": altair.Y("y:Q", axis=None, scale=altair.Scale(domain=y, nice=False)),
    }
    values = _values(topics, named=_named(topics, x=x, y=y))
    base = altair.Chart(altair.Data(values=values)).encode(**place)
    dots = base.mark_circle(opacity=0.5, stroke=TEXT, strokeWidth=0.5).encode(
        size=altair.Size("messages:Q", legend=None, scale=altair.Scale(range=[60, 1800])),
        color=altair.Color(
            "kind:N", legend=None, scale=altair.Scale(domain=["full", "thin"], range=[FULL, THIN])
        ),
    )
    names = base.mark_text(fontSize=12, color=TEXT).encode(text="name:N")
    framed = (dots + names).properties(width=WIDTH, height=HEIGHT, background="transparent")
    drawn: dict[str, Any] = framed.configure_view(stroke=None).to_dict()
    return drawn


def _values(topics: Sequence[Topic], *, named: set[int]) -> list[dict[str, Any]]:
    return [
        {
            "x": topic.x,
            "y": topic.y,
            "messages": topic.message_count,
            "kind": "thin" if topic.is_thin else "full",
            "name": topic.name if number in named else "",
        }
        for number, topic in enumerate(topics)
    ]


def _domain(places: Sequence[float]) -> list[float]:
    """Return the reach of an axis, with room for circles and names at its ends."""
    least, most = min(places), max(places)
    room = 0.14 * (most - least or 1.0)
    return [least - room, most + room]


def _named(topics: Sequence[Topic], *, x: list[float], y: list[float]) -> set[int]:
    """Choose topics to name, larger ones first, so that no name lies on another."""
    taken: list[tuple[float, float, float]] = []
    named: set[int] = set()
    for number, topic in enumerate(topics[:MOST_NAMED]):
        across = WIDTH * ((topic.x or 0.0) - x[0]) / (x[1] - x[0])
        down = HEIGHT * ((topic.y or 0.0) - y[0]) / (y[1] - y[0])
        half = LETTER_WIDTH * len(topic.name) / 2
        is_free = all(
            abs(across - other) >= half + other_half or abs(down - line) >= LINE_HEIGHT
            for other, line, other_half in taken
        )
        if is_free:
            taken.append((across, down, half))
            named.add(number)
    return named
