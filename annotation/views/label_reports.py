"""Pages of figures about a whole project: each asks one question, and shows what a worker or the page computed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from annotation.dispatch import COMPUTE_FIGURES, PUBLISH_CONSENSUS
from annotation.forms.label_reports import (
    CalibrationForm,
    FactorsForm,
    QuestionForm,
    QueueForm,
    RankingForm,
    RobustnessForm,
)
from annotation.queries.factors.discordant import shown_pairs
from annotation.queries.factors.factor_charts import (
    alike_groups,
    compared_groups,
    factor_charts,
    factor_rows,
    group_charts,
)
from annotation.queries.figures.calibration_charts import calibration_charts, noise_charts
from annotation.queries.figures.label_noise import noise_queue
from annotation.queries.figures.reports import ShownFigures, shown_figures
from annotation.queries.figures.robustness_charts import robustness_kinds
from annotation.queries.ranking.ranking_charts import ranking_charts
from annotation.services.figures.reports import ask_for_report
from annotation.views.chart_files import chart_file
from curation.domain.access.roles import Role
from curation.permissions import Access, enter_project
from curation.queries.judging.label_charts import DrawnChart
from curation.queries.work.jobs import is_worker_missing, job_of

# The form of each figure; its page goes by the same name.
FORMS: Mapping[str, type[QuestionForm]] = {
    "model_ranking": RankingForm,
    "preference_factors": FactorsForm,
    "calibration": CalibrationForm,
    "label_noise": QueueForm,
    "robustness": RobustnessForm,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FigurePage:
    """What a page of figures is drawn from: its question as a form, and what is known of it."""

    access: Access
    form: QuestionForm
    shown: ShownFigures

    @property
    def result(self) -> Mapping[str, Any]:
        """The figures, empty while there are none."""
        return self.shown.result or {}

    def answer(
        self,
        request: HttpRequest,
        template: str,
        *,
        charts: Mapping[str, DrawnChart | None],
        more: Mapping[str, Any] | None = None,
    ) -> HttpResponse:
        """Return the page, or the chart as a file where the address asks for one."""
        context = {
            "access": self.access,
            "project": self.access.project,
            "form": self.form,
            "shown": self.shown,
            "result": self.shown.result,
            "charts": charts,
            **(more or {}),
        }
        return chart_file(request, charts) or render(request, template, context)


def figure_page(request: HttpRequest, project_slug: str, *, figure: str) -> FigurePage:
    """Enter the project, read the question, and look up what is known of it."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = FORMS[figure](request.GET, project=access.project)
    shown = shown_figures(access.project, figure=figure, question=form.question())
    return FigurePage(access=access, form=form, shown=shown)


@login_required
@require_GET
def model_ranking(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Which model is preferred to which, how surely, and what cannot be told apart."""
    page = figure_page(request, project_slug, figure="model_ranking")
    return page.answer(request, "annotation/model_ranking.html", charts=ranking_charts(page.result))


@login_required
@require_GET
def preference_factors(request: HttpRequest, project_slug: str) -> HttpResponse:
    """What goes with the choice: each factor, all of them together, and group by group."""
    page = figure_page(request, project_slug, figure="preference_factors")
    groups = group_charts(page.result)
    return page.answer(
        request,
        "annotation/preference_factors.html",
        charts=factor_charts(page.result) | groups,
        more={
            "rows": factor_rows(page.result),
            "group_charts": list(groups.items()),
            "alike": alike_groups(page.result),
            "compared": compared_groups(page.result),
        },
    )


@login_required
@require_GET
def discordant_pairs(request: HttpRequest, project_slug: str, factor: str) -> HttpResponse:
    """The preferences that go against a factor most."""
    page = figure_page(request, project_slug, figure="preference_factors")
    if page.shown.result is None:
        return redirect("annotation:preference_factors", project_slug)
    explained = (page.result.get("explanation") or {}).get("factors", {}).get(factor)
    if explained is None:
        raise Http404
    context = {
        "access": page.access,
        "project": page.access.project,
        "meaning": explained["meaning"],
        "tau": explained["tau"] or 0,
        "pairs": shown_pairs(page.access.project, page.result["discordant"].get(factor, [])),
    }
    return render(request, "annotation/discordant_pairs.html", context)


@login_required
@require_GET
def calibration(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Whether what a scorer claims comes true with people."""
    page = figure_page(request, project_slug, figure="calibration")
    charts = calibration_charts(page.result)
    groups = [
        (name, each, f"reliability-{at}", charts[f"reliability-{at}"])
        for at, (name, each) in enumerate(page.result.get("groups", {}).items())
    ]
    return page.answer(request, "annotation/calibration.html", charts=charts, more={"groups": groups})


@login_required
@require_GET
def label_noise(request: HttpRequest, project_slug: str) -> HttpResponse:
    """How many labels of a queue are wrong, which of its tasks to ask again, and which labels a scorer doubts."""
    page = figure_page(request, project_slug, figure="label_noise")
    queue = noise_queue(page.access.project, page.shown.question)
    doubters = dict(page.form.fields["scorer"].choices)  # type: ignore[attr-defined]
    more = {"queue": queue, "doubter": doubters.get(page.shown.question.get("scorer", ""), "")}
    return page.answer(request, "annotation/label_noise.html", charts=noise_charts(page.result), more=more)


@login_required
@require_GET
def robustness(request: HttpRequest, project_slug: str) -> HttpResponse:
    """How far answers hang on how the question was put."""
    page = figure_page(request, project_slug, figure="robustness")
    kinds = robustness_kinds(page.result)
    charts = {kind.name: kind.chart for kind in kinds}
    return page.answer(request, "annotation/robustness.html", charts=charts, more={"kinds": kinds})


@login_required
@require_POST
def figure_compute(request: HttpRequest, project_slug: str, figure: str) -> HttpResponse:
    """Have a worker compute the figures of a question, and go back to its page."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    if figure not in FORMS:
        raise Http404
    form = FORMS[figure](request.POST, project=access.project)
    ask_for_report(project=access.project, figure=figure, question=form.question(), actor=access.user)
    address = reverse(f"annotation:{figure}", args=[project_slug])
    return redirect(f"{address}?{urlencode(form.sent)}" if form.sent else address)


@login_required
@require_GET
def figure_work(request: HttpRequest, project_slug: str, job_uuid: UUID) -> HttpResponse:
    """How far the work on figures, or on publishing them, is; when it ends, the page is fetched anew."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    job = job_of(access.project, job_uuid)
    if job is None or job.task_name not in (COMPUTE_FIGURES, PUBLISH_CONSENSUS):
        raise Http404
    context = {"access": access, "job": job, "is_worker_missing": is_worker_missing(job)}
    response = render(request, "annotation/_figure_work.html", context)
    if job.is_finished:
        response["HX-Refresh"] = "true"
    return response
