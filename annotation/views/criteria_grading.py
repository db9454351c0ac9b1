"""Grading: one output a screen, a thumb by key or by click."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotation.forms.criteria import GradeForm, NextOutputForm
from annotation.models import CriteriaSet
from annotation.permissions import existing_criteria_set, judge_of
from annotation.queries.criteria.assertions import current_criteria
from annotation.queries.criteria.grading import grading_page, response_to_grade
from annotation.services.criteria.sets import grade_response, take_back_grades
from curation.domain.access.roles import Role
from curation.models import Membership
from curation.permissions import enter_project


@login_required
@require_GET
def grade_next(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """The output to grade next, or the one asked for."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criteria_set = existing_criteria_set(access.project, set_uuid)
    asked = NextOutputForm(request.GET)
    wanted = asked.cleaned_data if asked.is_valid() else {}
    page = grading_page(
        criteria_set,
        output=wanted.get("output"),
        skipped={wanted["skip"]} if wanted.get("skip") else (),
        looks_again=bool(wanted.get("again")),
    )
    if wanted.get("output") and page.card is None:
        raise Http404
    context = {
        "access": access,
        "project": access.project,
        "criteria_set": criteria_set,
        "page": page,
        "looks_again": bool(wanted.get("again")),
    }
    return render(request, "annotation/grade_next.html", context)


@login_required
@require_POST
def grade_submit(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """Save the thumbs on an output and go on to the next, or take the last ones back."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criteria_set, membership = existing_criteria_set(access.project, set_uuid), judge_of(access)
    if request.POST.get("overall") == "undo":
        return _take_back(request, criteria_set, membership)
    form = GradeForm(request.POST, criteria=list(current_criteria(criteria_set)))
    response = response_to_grade(criteria_set, uuid=form.output_uuid) if form.is_valid() else None
    if response is None:
        messages.warning(request, _("That grade was incomplete or its output is gone, so it was not saved."))
        return _to_grading(criteria_set)
    grade_response(criteria_set=criteria_set, response=response, membership=membership, sheet=form.sheet)
    verdict = _("good") if form.sheet.overall else _("bad")
    messages.success(request, _("Saved: %(verdict)s. U takes it back.") % {"verdict": verdict})
    return _to_grading(criteria_set, query="?again=1" if request.POST.get("again") else "")


def _take_back(request: HttpRequest, criteria_set: CriteriaSet, membership: Membership) -> HttpResponse:
    taken = take_back_grades(criteria_set=criteria_set, membership=membership)
    if taken is None:
        messages.warning(request, _("There is nothing of yours to take back in this set."))
        return _to_grading(criteria_set)
    messages.success(request, _("Taken back. Here it is again."))
    return _to_grading(criteria_set, query=f"?output={taken.uuid}")


def _to_grading(criteria_set: CriteriaSet, *, query: str = "") -> HttpResponse:
    address = reverse("annotation:grade_next", args=[criteria_set.project.slug, criteria_set.uuid])
    return redirect(address + query)
