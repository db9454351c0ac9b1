"""Judges on probation: validated beside people, refused or let to label, by what each project asks."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.forms.judges import LabellingForm, ThresholdsForm, ValidationForm
from annotation.models import JudgeLabelling
from annotation.queries.judges.gate_words import refusal_reasons
from annotation.queries.judges.probation import judges_on_probation, on_probation, standing_of, thresholds_row
from annotation.queries.judges.report_charts import report_charts
from annotation.queries.judges.report_page import report_page
from annotation.services.judges.controls import recalled_controls
from annotation.services.judges.labelling import open_labelling, price_labelling, retract_labels
from annotation.services.judges.validation import open_validation, price_validation, set_thresholds
from annotation.views.chart_files import chart_file
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.models import JudgeRun
from curation.permissions import enter_project
from curation.queries.work.jobs import is_worker_missing
from curation.services.work.jobs import ring_job


@login_required
@require_GET
def judge_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Every judge that was held against people, what it earned, and what the project asks."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    context = {
        "access": access,
        "project": access.project,
        "judges": judges_on_probation(access.project),
        "thresholds": thresholds_row(access.project),
        "form": ThresholdsForm(instance=thresholds_row(access.project)),
        "may_change": access.may(Role.ADMIN),
    }
    return render(request, "annotation/judge_list.html", context)


@login_required
@require_POST
def judge_thresholds(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Set what the project asks of its judges."""
    access = enter_project(request.user, project_slug, role=Role.ADMIN)
    form = ThresholdsForm(request.POST, instance=thresholds_row(access.project))
    if form.is_valid():
        set_thresholds(thresholds=form.save(commit=False), actor=access.user)
        messages.success(request, _("Saved. What each judge earned follows the new thresholds."))
    else:
        messages.error(request, _("Thresholds are shares from 0 to 1, pairs at least 10, models at least 3."))
    return redirect("annotation:judge_list", project_slug)


@login_required
@require_http_methods(["GET", "POST"])
def judge_validate(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Choose a judge and decisions of people, see the price, and have it asked."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = ValidationForm(request.POST or None, project=access.project)
    context: dict[str, Any] = {"access": access, "project": access.project, "form": form}
    if request.method == "POST" and form.is_valid():
        asked = {
            "project": access.project,
            "choice": form.choice,
            "slice_key": form.cleaned_data["slice"],
            "most": form.cleaned_data["most"],
        }
        try:
            if "ask" in request.POST:
                validation = open_validation(**asked, actor=access.user)
                _ring(validation.run)
                return redirect("annotation:judge_report", project_slug, validation.uuid)
            priced = price_validation(**asked)
            context |= {"pairs": priced.pairs, "controls": priced.controls, "price": priced.expense}
        except HarkenError as error:
            form.add_error(None, str(error))
    return render(request, "annotation/judge_validate.html", context)


@login_required
@require_GET
def judge_report(request: HttpRequest, project_slug: str, validation_uuid: UUID) -> HttpResponse:
    """A judge as an annotator: its figures, its habits, its gates, and where it parts from people."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    earned = on_probation(access.project, validation_uuid)
    charts = report_charts(earned.report) if earned.report else {}
    if (file := chart_file(request, charts)) is not None:
        return file
    job = earned.run.job
    context = {
        "access": access,
        "project": access.project,
        "earned": earned,
        "charts": charts,
        "job": job,
        "is_worker_missing": job is not None and is_worker_missing(job),
        "page": report_page(earned) if earned.report else None,
    }
    return render(request, "annotation/judge_report.html", context)


@login_required
@require_GET
def judge_controls(request: HttpRequest, project_slug: str, validation_uuid: UUID) -> HttpResponse:
    """The control answers of a validation, and what the judge replied about each, word for word."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    earned = on_probation(access.project, validation_uuid)
    context: dict[str, Any] = {"access": access, "project": access.project, "earned": earned}
    try:
        context["controls"] = recalled_controls(earned)
    except HarkenError as error:
        context["problem"] = str(error)
    return render(request, "annotation/judge_controls.html", context)


@login_required
@require_GET
def judge_standing(request: HttpRequest, project_slug: str, run_uuid: UUID) -> HttpResponse:
    """What the judge of a run has earned so far, as a fragment of that run's page."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    run = get_object_or_404(JudgeRun.objects.for_project(access.project), uuid=run_uuid)
    context = {"project": access.project, "run": run, "earned": standing_of(run)}
    return render(request, "annotation/_judge_standing.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def judge_label(request: HttpRequest, project_slug: str, validation_uuid: UUID) -> HttpResponse:
    """Have a judge label a queue's undecided pairs, where it earned that; else say why not."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    earned = on_probation(access.project, validation_uuid)
    form = LabellingForm(request.POST or None, project=access.project)
    context: dict[str, Any] = {"access": access, "project": access.project, "earned": earned, "form": form}
    if not earned.may_label:
        context["refusal"] = refusal_reasons(earned)
    elif request.method == "POST" and form.is_valid():
        queue = form.cleaned_data["queue"]
        try:
            if "ask" in request.POST:
                labelling = open_labelling(earned=earned, queue=queue, actor=access.user)
                _ring(labelling.run)
                return redirect("annotation:judge_report", project_slug, validation_uuid)
            context["pairs"], context["price"] = price_labelling(earned=earned, queue=queue)
        except HarkenError as error:
            form.add_error(None, str(error))
    status = 403 if "refusal" in context and request.method == "POST" else 200
    return render(request, "annotation/judge_label.html", context, status=status)


@login_required
@require_POST
def judge_labels_retract(request: HttpRequest, project_slug: str, labelling_uuid: UUID) -> HttpResponse:
    """Take back the labels of one run."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    rows = JudgeLabelling.objects.for_project(access.project).select_related("run", "validation", "project")
    labelling = rows.filter(uuid=labelling_uuid).first()
    if labelling is None:
        raise Http404
    count = retract_labels(labelling=labelling, actor=access.user)
    messages.success(request, _("%(count)s labels are taken back.") % {"count": count})
    return redirect("annotation:judge_report", project_slug, labelling.validation.uuid)


def _ring(run: JudgeRun) -> None:
    """Wake a worker for a run that was just opened."""
    if run.job is not None:
        ring_job(job=run.job)
