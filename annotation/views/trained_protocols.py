"""What it does to a trained model by which protocol its pairs were decided."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.queries.figures.trained_protocols import trained_effect
from curation.domain.access.roles import Role
from curation.permissions import enter_project


@login_required
@require_GET
def trained_protocols(request: HttpRequest, project_slug: str) -> HttpResponse:
    """A model trained on ratings against one trained on choices: a page, or the card on the pages of protocols."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    rated, chosen = (request.GET.get(name, "") for name in ("rated", "chosen"))
    effect = trained_effect(access.project, rated=rated, chosen=chosen)
    context = {"access": access, "project": access.project, "effect": effect}
    template = "_trained_protocols.html" if request.htmx else "trained_protocols.html"  # type: ignore[attr-defined]
    return render(request, f"annotation/{template}", context)
