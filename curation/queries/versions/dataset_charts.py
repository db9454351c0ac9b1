"""Charts of a dataset as SVG, drawn on the server; in pages their colours are the theme's, in files plain ones."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from curation.domain.corpus.style import EDGES

# Never seen in a page: static/css/dataset.css maps each to a colour that reads well in the light and in the dark.
BAR, AXIS = "#0000e4", "#0000e5"
IN_FILES = {BAR: "#3b6fb6", AXIS: "#444444"}
WIDTH, HEIGHT = 560, 180


def length_chart(bins: Sequence[int]) -> SafeString | None:
    """Draw how many pairs have a chosen answer so many times as long as the rejected one; None without pairs."""
    if not sum(bins):
        return None
    labels = [f"below {2 ** EDGES[0]:.3g}"]
    labels += [f"{2**edge:.3g}" for edge in EDGES[:-1]]
    labels += [f"above {2 ** EDGES[-1]:.3g}"]
    values = [{"x": label, "rows": count} for label, count in zip(labels, bins, strict=True)]
    return _drawn(values, title="times as long as the rejected answer, from")


def counts_chart(counts: Mapping[str, int], *, title: str) -> SafeString | None:
    """Draw how many rows each name has; None without rows."""
    values = [{"x": name[:40], "rows": count} for name, count in list(counts.items())[:12]]
    return _drawn(values, title=title) if values else None


def for_file(svg: str) -> str:
    """Return a chart with colours of its own, for a file that no stylesheet accompanies."""
    for name, colour in IN_FILES.items():
        svg = svg.replace(name, colour)
    return svg


def _drawn(values: Sequence[Mapping[str, Any]], *, title: str) -> SafeString:
    import altair
    import vl_convert

    bars = (
        altair.Chart(altair.Data(values=list(values)))
        .mark_bar(color=BAR)
        .encode(
            x=altair.X("x:N", sort=None, title=title, axis=altair.Axis(labelAngle=-40)),
            y=altair.Y("rows:Q", title="rows", axis=altair.Axis(grid=False, tickMinStep=1)),
        )
        .properties(width=WIDTH, height=HEIGHT, background="transparent")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=AXIS, titleColor=AXIS, domainColor=AXIS, tickColor=AXIS, titleFontWeight="normal"
        )
    )
    # Names may be a source's: Vega draws them as text, and the renderer escapes them.
    return mark_safe(vl_convert.vegalite_to_svg(bars.to_dict()))  # noqa: S308 - drawn, its text escaped
