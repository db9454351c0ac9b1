"""Frozen measures: what they are made of, where they run, and what they say of two models."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.forms.measures import USES, RegressionForm, ScopeForm
from curation.models import Scorer
from curation.permissions import Access, enter_project
from curation.queries.scoring.measure_pages import measure_page
from curation.queries.scoring.measures import measure_lines, measure_of
from curation.queries.scoring.regressions import compare_models, regression_chart
from curation.queries.work.jobs import is_worker_missing
from curation.queries.writing.generation import response_set_of
from curation.services.scoring.runs import ask_for_scoring


@login_required
@require_safe
def measure_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show the project's frozen measures of kind checks, newest first."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    context = {"access": access, "project": access.project, "measures": measure_lines(access.project)}
    return render(request, "curation/measure_list.html", context)


@login_required
@require_safe
def measure_detail(request: HttpRequest, project_slug: str, measure_uuid: UUID) -> HttpResponse:
    """Show a measure: its checks, what it scored, and the form that runs it."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    return _shown(request, access, _measure_of(access, measure_uuid), ScopeForm(project=access.project))


@login_required
@require_POST
def measure_run(request: HttpRequest, project_slug: str, measure_uuid: UUID) -> HttpResponse:
    """Have a worker run a measure over a view, a version, a response set, or what a recipe takes."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    scorer = _measure_of(access, measure_uuid)
    form = ScopeForm(request.POST, project=access.project)
    if not form.is_valid():
        return _shown(request, access, scorer, form)
    try:
        ask_for_scoring(scorer=scorer, scope=form.chosen_scope, actor=access.user)
    except HarkenError as error:
        messages.error(request, str(error))
    return redirect("curation:measure_detail", project_slug, measure_uuid)


@login_required
@require_safe
def set_regression(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """Compare two models' answers of a response set by a measure, criterion by criterion."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    response_set = response_set_of(access.project, set_uuid)
    if response_set is None:
        raise Http404
    form = RegressionForm(request.GET or None, response_set=response_set)
    context = {"access": access, "project": access.project, "set": response_set, "form": form}
    if form.is_valid():
        chosen = form.cleaned_data
        report = compare_models(
            response_set,
            scorer=chosen["measure"],
            before=chosen["before"],
            after=chosen["after"],
            tolerated=form.tolerated,
        )
        context |= {"report": report, "chart": regression_chart(report)}
    return render(request, "curation/set_regression.html", context)


def _measure_of(access: Access, uuid: UUID) -> Scorer:
    scorer = measure_of(access.project, uuid)
    if scorer is None:
        raise Http404
    return scorer


def _shown(request: HttpRequest, access: Access, scorer: Scorer, form: ScopeForm) -> HttpResponse:
    page = measure_page(scorer)
    newest = page.jobs[0].job if page.jobs else None
    context = {
        "access": access,
        "project": access.project,
        "measure": scorer,
        "page": page,
        "form": form,
        "uses": USES,
        "job": newest,
        "is_worker_missing": newest is not None and is_worker_missing(newest),
    }
    if not page.is_runnable:
        context["why_not"] = _("One of its checks asks a model, so it runs from its criteria set alone.")
    return render(request, "curation/measure_detail.html", context, status=422 if form.errors else 200)
