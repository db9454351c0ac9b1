"""Mining runs: how they went, and what one version of a detector finds that another does not."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from curation.domain.access.roles import Role
from curation.permissions import Access, enter_project
from feedback_mining.forms.mining import RunComparisonForm
from feedback_mining.models import MiningRun
from feedback_mining.queries.run_comparison import comparable_runs, compare_runs, run_of, run_rows


@login_required
@require_GET
def run_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """The newest runs, and the choice of two versions to compare."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    context = {
        "access": access,
        "project": access.project,
        "runs": run_rows(access.project),
        "versions": comparable_runs(access.project),
    }
    return render(request, "feedback_mining/run_list.html", context)


@login_required
@require_GET
def run_compare(request: HttpRequest, project_slug: str) -> HttpResponse:
    """What changed from one version to another, by criterion, with examples of one change."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = RunComparisonForm(request.GET)
    if not form.is_valid():
        raise Http404
    old, new = (_existing(access, form.cleaned_data[name]) for name in ("old", "new"))
    criterion, side = form.cleaned_data["criterion"], form.cleaned_data["side"]
    context = {
        "access": access,
        "project": access.project,
        "versions": comparable_runs(access.project),
        "comparison": compare_runs(old, new, criterion=criterion, side=side),
        "criterion": criterion,
        "side": side,
    }
    return render(request, "feedback_mining/run_compare.html", context)


def _existing(access: Access, uuid: UUID) -> MiningRun:
    run = run_of(access.project, uuid=uuid)
    if run is None:
        raise Http404
    return run
