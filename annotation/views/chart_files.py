"""Charts of a page as files: the page's own address with `?chart=NAME&as=csv`, `svg` or `dark`."""

from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import slugify

from curation.queries.judging.label_charts import DrawnChart

THEMES = {"svg": "light", "dark": "dark"}


def chart_file(request: HttpRequest, charts: Mapping[str, DrawnChart | None]) -> HttpResponse | None:
    """Return the chart that the address asks for as a file; None where it asks for the page."""
    name, form = request.GET.get("chart"), request.GET.get("as", "csv")
    if name is None:
        return None
    chart = charts.get(name)
    if chart is None or form not in {"csv", *THEMES}:
        raise Http404
    if form == "csv":
        return _download(chart.as_csv(), name=f"{slugify(name)}.csv", content_type="text/csv; charset=utf-8")
    shade = "-dark" if form == "dark" else ""
    drawn = chart.as_file(theme=THEMES[form])
    return _download(drawn, name=f"{slugify(name)}{shade}.svg", content_type="image/svg+xml")


def _download(content: str, *, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
