"""Assertions: made of a library check or of written code, run by the worker, chosen by people's thumbs."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.domain.criteria.judge_questions import INSTRUCTIONS, PROMPT_VERSION
from annotation.forms.assertions import assertion_form
from annotation.permissions import existing_assertion, existing_criteria_set, existing_criterion
from annotation.queries.criteria.assertions import newest_assertion_job
from annotation.queries.criteria.starting import endpoints_to_ask
from annotation.services.criteria.assertions import open_assertion_run
from annotation.services.criteria.checks import add_assertion, known_checks, put_away_assertion
from annotation.services.criteria.trying import try_assertion
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.permissions import enter_project
from curation.services.work.jobs import ring_job


@login_required
@require_http_methods(["GET", "POST"])
def assertion_create(request: HttpRequest, project_slug: str, criterion_uuid: UUID) -> HttpResponse:
    """Choose how a criterion is tested: by a check of the library with its parameters, or by written code."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criterion = existing_criterion(access.project, criterion_uuid)
    check = request.GET.get("check", "")
    form = assertion_form(check, sent=request.POST or None, project=access.project)
    if form is not None and form.is_bound and form.is_valid():
        try:
            add_assertion(criterion=criterion, draft=form.draft, actor=access.user)
        except HarkenError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The assertion was added. Run it to see what it fails."))
            return redirect("annotation:criteria_set_detail", project_slug, criterion.criteria_set.uuid)
    context = {
        "access": access,
        "project": access.project,
        "criterion": criterion,
        "checks": known_checks(),
        "form": form,
        "check": check,
        "endpoints": endpoints_to_ask(criterion.criteria_set),
        "instructions": INSTRUCTIONS,
        "prompt_version": PROMPT_VERSION,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "annotation/criteria_assertion_create.html", context, status=status)


@login_required
@require_POST
def assertion_try(request: HttpRequest, project_slug: str, criterion_uuid: UUID) -> HttpResponse:
    """What the assertion that is being written says of graded outputs; nothing is stored."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criterion = existing_criterion(access.project, criterion_uuid)
    form = assertion_form(request.GET.get("check", ""), sent=request.POST, project=access.project)
    if form is None:
        raise Http404
    # Whoever tries it may not have named it yet.
    form.fields["name"].required = False
    tried = try_assertion(criteria_set=criterion.criteria_set, draft=form.draft) if form.is_valid() else None
    context = {"criterion": criterion, "project": access.project, "tried": tried, "form": form}
    return render(request, "annotation/_assertion_tried.html", context)


@login_required
@require_POST
def assertion_archive(request: HttpRequest, project_slug: str, assertion_uuid: UUID) -> HttpResponse:
    """Leave an assertion out from now on."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    assertion = existing_assertion(access.project, assertion_uuid)
    put_away_assertion(assertion=assertion, actor=access.user)
    messages.success(request, _("The assertion was put away. What it said stays."))
    return redirect("annotation:criteria_set_detail", project_slug, assertion.criterion.criteria_set.uuid)


@login_required
@require_POST
def assertions_run(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """Ask the worker to run a set's assertions over the responses."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criteria_set = existing_criteria_set(access.project, set_uuid)
    try:
        ring_job(job=open_assertion_run(project=access.project, criteria_set=criteria_set, actor=access.user))
    except HarkenError as error:
        messages.error(request, str(error))
    return redirect("annotation:criteria_set_detail", project_slug, set_uuid)


@login_required
@require_GET
def assertions_work(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """The newest run, live; when the one that was watched ends, the page's figures are fetched anew."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criteria_set = existing_criteria_set(access.project, set_uuid)
    job = newest_assertion_job(criteria_set)
    context = {"access": access, "criteria_set": criteria_set, "job": job}
    response = render(request, "annotation/_assertions_work.html", context)
    if job is not None and job.is_finished and request.GET.get("job"):
        response["HX-Refresh"] = "true"
    return response
