"""Choosing assertions: the report card, every way of choosing side by side, and the choice itself."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from annotation.forms.choosing import ChoiceForm, LimitsForm
from annotation.models import CriteriaSet
from annotation.permissions import existing_criteria_set
from annotation.queries.criteria.assertions import current_assertions
from annotation.queries.criteria.choosing import choices_of, graded_problem
from annotation.queries.criteria.grades import grades_wanted, standing_thumbs
from annotation.queries.criteria.report_card import report_card
from annotation.services.criteria.choice import choose_assertions, choose_by_hand, published_scorer
from annotation.views.chart_files import chart_file
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.permissions import Access, enter_project


@login_required
@require_GET
def criteria_report(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """The report card of a set, with the form that chooses by hand."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criteria_set = existing_criteria_set(access.project, set_uuid)
    context = {
        "access": access,
        "project": access.project,
        "criteria_set": criteria_set,
        "card": report_card(criteria_set),
        "form": LimitsForm(request.GET or None),
        "measure": published_scorer(criteria_set),
    }
    return render(request, "annotation/criteria_report.html", context)


@login_required
@require_GET
def criteria_choices(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """Every way of choosing on these grades, with the trade-off; a page of its own, and a fragment of the card."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criteria_set = existing_criteria_set(access.project, set_uuid)
    form = LimitsForm(request.GET or None)
    max_ffr, min_coverage = form.limits
    choices = choices_of(graded_problem(criteria_set), max_ffr=max_ffr, min_coverage=min_coverage)
    if (file := chart_file(request, {"trade-off": choices.chart})) is not None:
        return file
    context = {
        "access": access,
        "project": access.project,
        "criteria_set": criteria_set,
        "choices": choices,
        "max_ffr": max_ffr,
        "min_coverage": min_coverage,
        "tolerated_percent": 100 * max_ffr,
        "covered_percent": 100 * min_coverage,
    }
    is_fragment = request.htmx  # type: ignore[attr-defined]
    name = "annotation/_criteria_choices.html" if is_fragment else "annotation/criteria_choices.html"
    return render(request, name, context)


@login_required
@require_POST
def assertions_choose(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """Choose by a rule or by hand, and publish the choice."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    criteria_set = existing_criteria_set(access.project, set_uuid)
    form = ChoiceForm(request.POST, assertions=list(current_assertions(criteria_set)))
    try:
        chosen = _choose(form, criteria_set, access)
    except HarkenError as error:
        messages.error(request, str(error))
    else:
        _say_what_was_chosen(request, criteria_set, chosen)
    page = "criteria_report" if request.POST.get("next") == "report" else "criteria_set_detail"
    return redirect(f"annotation:{page}", project_slug, set_uuid)


def _choose(form: ChoiceForm, criteria_set: CriteriaSet, access: Access) -> int:
    """Return how many assertions were chosen; raises HarkenError."""
    if not form.is_valid():
        raise HarkenError(_("This choice cannot be read. Reload the page and choose again."))
    if form.rule is None:
        selection = choose_by_hand(criteria_set=criteria_set, chosen=form.chosen, actor=access.user)
    else:
        selection = choose_assertions(criteria_set=criteria_set, rule=form.rule, actor=access.user)
    return len(selection.selected)


def _say_what_was_chosen(request: HttpRequest, criteria_set: CriteriaSet, chosen: int) -> None:
    sentence = ngettext("%(n)d assertion was chosen.", "%(n)d assertions were chosen.", chosen)
    messages.success(request, sentence % {"n": chosen})
    graded = len(standing_thumbs(criteria_set).overall)
    if more := grades_wanted(graded):
        warning = ngettext(
            "Only %(n)d output is graded. Grade about %(more)d more before you rely on this choice: it may change.",
            "Only %(n)d outputs are graded. Grade about %(more)d more before you rely on this choice: it may change.",
            graded,
        )
        messages.warning(request, warning % {"n": graded, "more": more})
