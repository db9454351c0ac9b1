"""What came with an import, or was published here: scores of answers against the orders that they stand in."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from annotation.queries.figures.reports import shown_figures
from annotation.queries.queue_figures.queue_charts import decided_alike, protocol_charts
from annotation.services.figures.reports import ask_for_report
from annotation.views.chart_files import chart_file
from curation.domain.access.roles import Role
from curation.permissions import enter_project

FIGURE = "source_protocols"
# A scorer's name and version, with what stands between them.
LONGEST_NAME = 200


@login_required
@require_GET
def source_protocols(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Whether scores and ranks of the same answers tell the same story."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    rating = request.GET.get("rating", "")[:LONGEST_NAME]
    shown = shown_figures(access.project, figure=FIGURE, question={"rating": rating})
    found = (shown.result or {}).get("protocols")
    charts = protocol_charts(found)
    context = {
        "access": access,
        "project": access.project,
        "shown": shown,
        "result": shown.result,
        "charts": charts,
        "decided": decided_alike(found),
        "asked": [("rating", rating)],
    }
    return chart_file(request, charts) or render(request, "annotation/source_protocols.html", context)


@login_required
@require_POST
def source_protocols_compute(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Have a worker compare them, and go back to the page."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    rating = request.POST.get("rating", "")[:LONGEST_NAME]
    ask_for_report(project=access.project, figure=FIGURE, question={"rating": rating}, actor=access.user)
    address = reverse("annotation:source_protocols", args=[project_slug])
    return redirect(f"{address}?{urlencode({'rating': rating})}" if rating else address)
