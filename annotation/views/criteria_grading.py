"""Grading: one output a screen, a thumb by key or by click."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotation.forms.criteria import GradeForm, GradingRulesForm, NextOutputForm
from annotation.models import CriteriaSet, Criterion
from annotation.permissions import existing_criteria_set, judge_of
from annotation.queries.criteria.assertions import current_criteria
from annotation.queries.criteria.grading import grading_page, response_to_grade
from annotation.services.criteria.notes import note_proposal
from annotation.services.criteria.sets import grade_response, set_grading_rules, take_back_grades
from curation.domain.access.roles import Role
from curation.models import Membership
from curation.permissions import enter_project


@login_required
@require_GET
def grade_next(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """The output to grade next, or the one asked for."""
    access = enter_project(request.user, project_slug, role=Role.ANNOTATOR)
    criteria_set = existing_criteria_set(access.project, set_uuid)
    wanted = NextOutputForm(request.GET).wanted
    page = grading_page(criteria_set, grader=judge_of(access), wanted=wanted)
    if wanted.output and page.card is None:
        raise Http404
    context = {
        "access": access,
        "project": access.project,
        "criteria_set": criteria_set,
        "page": page,
        "looks_again": wanted.looks_again,
        "rules": GradingRulesForm(
            initial={"order": criteria_set.order, "graders_wanted": criteria_set.graders_wanted}
        ),
    }
    return render(request, "annotation/grade_next.html", context)


@login_required
@require_POST
def grade_submit(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """Save the thumbs on an output and go on to the next, or take the last ones back."""
    access = enter_project(request.user, project_slug, role=Role.ANNOTATOR)
    criteria_set, membership = existing_criteria_set(access.project, set_uuid), judge_of(access)
    if request.POST.get("overall") == "undo":
        return _take_back(request, criteria_set, membership)
    form = GradeForm(request.POST, criteria=list(current_criteria(criteria_set)))
    response = response_to_grade(criteria_set, uuid=form.output_uuid) if form.is_valid() else None
    if response is None or form.is_of_replaced_wording:
        messages.warning(
            request, _("That grade was incomplete, or its output or wording is gone, so it was not saved.")
        )
        return _to_grading(criteria_set)
    grade_response(criteria_set=criteria_set, response=response, membership=membership, sheet=form.sheet)
    _say_saved(
        request, form, covering=note_proposal(criteria_set=criteria_set, response=response, grader=membership)
    )
    return _to_grading(criteria_set, only=form.only_criterion, looks_again=bool(request.POST.get("again")))


@login_required
@require_POST
def grading_rules(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """Say what is graded next, and by how many people."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criteria_set = existing_criteria_set(access.project, set_uuid)
    form = GradingRulesForm(request.POST)
    if form.is_valid():
        set_grading_rules(criteria_set=criteria_set, actor=access.user, **form.cleaned_data)
        messages.success(request, _("Saved. It holds from the next output on, for everybody."))
    else:
        messages.error(request, _("Choose an order, and between one and nine people."))
    return _to_grading(criteria_set)


def _take_back(request: HttpRequest, criteria_set: CriteriaSet, membership: Membership) -> HttpResponse:
    taken = take_back_grades(criteria_set=criteria_set, membership=membership)
    if taken is None:
        messages.warning(request, _("There is nothing of yours to take back in this set."))
        return _to_grading(criteria_set)
    messages.success(request, _("Taken back. Here it is again."))
    return _to_grading(criteria_set, output=str(taken.uuid))


def _say_saved(request: HttpRequest, form: GradeForm, *, covering: Criterion | bool) -> None:
    verdict = _("good") if form.cleaned_data["overall"] == "good" else _("bad")
    said = [_("Saved: %(verdict)s. U takes it back.") % {"verdict": verdict}]
    if covering is True:
        said.append(_("No criterion covers your note, so it waits among the set's proposals."))
    elif covering:
        said.append(_("“%(name)s” seems to cover your note.") % {"name": covering})
    messages.success(request, " ".join(said))


def _to_grading(
    criteria_set: CriteriaSet,
    *,
    output: str = "",
    only: Criterion | None = None,
    looks_again: bool = False,
) -> HttpResponse:
    query = {"output": output, "only": str(only.uuid) if only else "", "again": "1" if looks_again else ""}
    address = reverse(
        "annotation:grade_next",
        args=[criteria_set.project.slug, criteria_set.uuid],
        query={name: value for name, value in query.items() if value} or None,
    )
    return redirect(address)
