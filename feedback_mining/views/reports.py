"""Reports on what users said: who speaks at all, when, of which model, how deep; and the words behind each bar."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from curation.domain.access.roles import Role
from curation.models import Project
from curation.permissions import enter_project
from feedback_mining.forms.mining import WordsForm
from feedback_mining.queries.report_charts import decay_chart, rates_chart
from feedback_mining.queries.reports import (
    co_occurrence,
    constraint_decay,
    grouped,
    reported_detectors,
    speaking_of,
    words_behind,
)

TITLES = {
    "month": _("Over time"),
    "model": _("By model"),
    "topic": _("By topic"),
    "language": _("By language"),
    "depth": _("By depth"),
}
AXES = {
    "month": _("month"),
    "week": _("week"),
    "model": _("model"),
    "topic": _("topic"),
    "language": _("language"),
    "depth": _("turn of the user"),
}
# With fewer months than these, signals over time are shown by week.
FEWEST_MONTHS = 3


@login_required
@require_GET
def report(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Who speaks, and what of, by one detector."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    detectors = reported_detectors(access.project)
    detector = request.GET.get("detector", detectors[0] if detectors else "")
    if detectors and detector not in detectors:
        raise Http404
    context = {"access": access, "project": access.project, "detectors": detectors, "detector": detector}
    if detectors:
        context.update(_figures(access.project, detector))
    return render(request, "feedback_mining/report.html", context)


@login_required
@require_GET
def report_words(request: HttpRequest, project_slug: str) -> HttpResponse:
    """The words behind one bar."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = WordsForm(request.GET)
    if not form.is_valid():
        raise Http404
    asked = form.cleaned_data
    context = {
        "access": access,
        "project": access.project,
        "behind": words_behind(access.project, **asked),
        "asked": asked,
        "axis": AXES[asked["by"]],
    }
    return render(request, "feedback_mining/report_words.html", context)


def _figures(project: Project, detector: str) -> dict[str, Any]:
    sections = [_section(project, detector, by=by, title=str(title)) for by, title in TITLES.items()]
    decay = constraint_decay(project)
    return {
        "speaking": speaking_of(project, detector=detector),
        "sections": [each for each in sections if len(each["groups"]) > 1 or each["by"] in ("month", "week")],
        "decay": decay,
        "decay_chart": decay_chart(decay),
        "together": co_occurrence(project, detector=detector),
    }


def _section(project: Project, detector: str, *, by: str, title: str) -> dict[str, Any]:
    """Return one grouping with its chart; weeks in place of months where there are few."""
    groups = grouped(project, detector=detector, by=by)
    if by == "month" and len(groups) < FEWEST_MONTHS:
        by, groups = "week", grouped(project, detector=detector, by="week")
    words = reverse("feedback_mining:report_words", args=[project.slug])
    asked = urlencode({"detector": detector, "by": by})
    chart = rates_chart(groups, title=str(AXES[by]), words=f"{words}?{asked}")
    return {"by": by, "title": title, "axis": AXES[by], "groups": groups, "chart": chart}
