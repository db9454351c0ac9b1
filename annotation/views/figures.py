"""What the labels say: the index of the pages that tell it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.queries.figures.index import PROJECT_PAGES, judged_queues
from annotation.views.queue_figures import TABS
from curation.domain.access.roles import Role
from curation.permissions import enter_project


@login_required
@require_GET
def label_figures(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Where to read how far people agree, what they come to, and why."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    context = {
        "access": access,
        "project": access.project,
        "figure_pages": PROJECT_PAGES,
        "tabs": [(f"annotation:{name}", words) for name, words in TABS.items()],
        "queues": judged_queues(access.project),
    }
    return render(request, "annotation/label_figures.html", context)
