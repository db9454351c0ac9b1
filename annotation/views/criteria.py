"""Criteria sets: their wordings, their assertions, and how well these agree with people."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.forms.criteria import CriteriaSetForm, CriterionForm, OutputForm, form_of_criterion
from annotation.permissions import existing_criteria_set, existing_criterion
from annotation.queries.criteria.assertions import newest_assertion_job
from annotation.queries.criteria.report import set_report
from annotation.queries.criteria.sets import criteria_sets, earlier_wordings
from annotation.queries.criteria.story import set_story
from annotation.queries.criteria.story_chart import story_chart
from annotation.queries.criteria.validity import set_validity
from annotation.services.criteria.sets import (
    Source,
    add_criterion,
    archive_criterion,
    create_criteria_set,
    reword_criterion,
)
from annotation.views.chart_files import chart_file
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.permissions import Access, enter_project


@login_required
@require_GET
def criteria_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """The criteria sets of a project; an annotator may grade in them."""
    access = enter_project(request.user, project_slug, role=Role.ANNOTATOR)
    return _show_list(request, access, CriteriaSetForm())


@login_required
@require_POST
def criteria_set_create(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Make a set."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = CriteriaSetForm(request.POST)
    if form.is_valid():
        try:
            made = create_criteria_set(
                project=access.project, name=form.cleaned_data["name"], actor=access.user
            )
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            return redirect("annotation:criteria_set_detail", project_slug, made.uuid)
    return _show_list(request, access, form)


def _show_list(request: HttpRequest, access: Access, form: CriteriaSetForm) -> HttpResponse:
    context = {
        "access": access,
        "project": access.project,
        "sets": criteria_sets(access.project),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "annotation/criteria_list.html", context, status=status)


@login_required
@require_GET
def criteria_set_detail(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """A set: criteria, assertions, and how well they agree with people."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criteria_set = existing_criteria_set(access.project, set_uuid)
    context = {
        "access": access,
        "project": access.project,
        "criteria_set": criteria_set,
        "report": set_report(criteria_set),
        "job": newest_assertion_job(criteria_set),
    }
    return render(request, "annotation/criteria_set_detail.html", context)


@login_required
@require_GET
def criteria_story(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """The drift log: what the criteria said while which outputs were graded."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criteria_set = existing_criteria_set(access.project, set_uuid)
    told = set_story(criteria_set)
    chart = story_chart(told.story)
    if file := chart_file(request, {"story": chart}):
        return file
    context = {
        "access": access,
        "project": access.project,
        "criteria_set": criteria_set,
        "told": told,
        "chart": chart,
    }
    return render(request, "annotation/criteria_story.html", context)


@login_required
@require_GET
def criteria_graders(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """Whose thumbs a set rests on: agreement of its graders, and the models whose outputs they saw."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criteria_set = existing_criteria_set(access.project, set_uuid)
    context = {
        "access": access,
        "project": access.project,
        "criteria_set": criteria_set,
        "validity": set_validity(criteria_set),
    }
    return render(request, "annotation/criteria_graders.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def criterion_create(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """Add a criterion, perhaps for what an output brought up; also in the middle of grading."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criteria_set = existing_criteria_set(access.project, set_uuid)
    form = CriterionForm(request.POST or None)
    asked = OutputForm(request.GET)
    output = asked.cleaned_data["output"] if asked.is_valid() else None
    if request.method == "POST" and form.is_valid():
        add_criterion(
            criteria_set=criteria_set,
            wording=form.wording,
            source=Source(prompted_by=[output] if output else []),
            actor=access.user,
        )
        messages.success(request, _("The criterion was added. Give it an assertion, or go on grading."))
        return redirect("annotation:criteria_set_detail", project_slug, set_uuid)
    context = {"access": access, "project": access.project, "criteria_set": criteria_set, "form": form}
    status = 422 if form.errors else 200
    return render(request, "annotation/criterion_create.html", {**context, "output": output}, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def criterion_reword(request: HttpRequest, project_slug: str, criterion_uuid: UUID) -> HttpResponse:
    """Give a criterion new words or another tolerance."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criterion = existing_criterion(access.project, criterion_uuid)
    form = CriterionForm(request.POST) if request.method == "POST" else form_of_criterion(criterion)
    if form.is_bound and form.is_valid():
        try:
            reword_criterion(criterion=criterion, wording=form.wording, actor=access.user)
        except HarkenError as error:
            messages.error(request, str(error))
        return redirect("annotation:criteria_set_detail", project_slug, criterion.criteria_set.uuid)
    context = {
        "access": access,
        "project": access.project,
        "criterion": criterion,
        "earlier": earlier_wordings(criterion),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "annotation/criterion_reword.html", context, status=status)


@login_required
@require_POST
def criterion_archive(request: HttpRequest, project_slug: str, criterion_uuid: UUID) -> HttpResponse:
    """Leave a criterion out from now on."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criterion = existing_criterion(access.project, criterion_uuid)
    archive_criterion(criterion=criterion, actor=access.user)
    messages.success(request, _("The criterion was archived. Its grades and results stay."))
    return redirect("annotation:criteria_set_detail", project_slug, criterion.criteria_set.uuid)
