"""User-guided evaluation: what judges say of two models' answers, with each user's checklist and without."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.models import ResponseSet
from curation.permissions import Access, enter_project
from curation.queries.work.jobs import is_worker_missing
from curation.queries.writing.generation import response_set_of
from curation.services.judging.runs import price_judging
from feedback_mining.forms.judging import JudgingForm, PairRowsForm
from feedback_mining.queries.evaluation import judged_pair_of, pair_rows, set_evaluation
from feedback_mining.services.evaluation import start_judging
from feedback_mining.views.asking import READ_FOR_A_PRICE


@login_required
@require_GET
def set_judgements(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """The win rates over a set, the runs behind them, and every pair."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    response_set, asked = _set_of(access, set_uuid), PairRowsForm(request.GET)
    if not asked.is_valid():
        raise Http404
    evaluation = set_evaluation(response_set, chosen=asked.cleaned_data["run"])
    if evaluation is None:
        raise Http404
    jobs = [each.run.job for each in evaluation.runs if each.run.job and not each.run.job.is_finished]
    context = {
        "access": access,
        "project": access.project,
        "set": response_set,
        "evaluation": evaluation,
        "page": pair_rows(
            evaluation, outcome=asked.cleaned_data["outcome"], after=asked.cleaned_data["after"]
        ),
        "asked": asked,
        "jobs": [(job, is_worker_missing(job)) for job in jobs],
    }
    return render(request, "feedback_mining/set_judgements.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def judging_start(request: HttpRequest, project_slug: str, set_uuid: UUID) -> HttpResponse:
    """Choose a judge, see what it may cost, and have it asked."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    response_set = _set_of(access, set_uuid)
    form = JudgingForm(request.POST or None, response_set=response_set)
    context = {"access": access, "project": access.project, "set": response_set, "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            if "ask" in request.POST:
                start_judging(plans=form.plans(), actor=access.user)
                return redirect("feedback_mining:set_judgements", project_slug, set_uuid)
            prices = [price_judging(plan=plan, sample=READ_FOR_A_PRICE) for plan in form.plans()]
            context["prices"] = list(zip(form.cleaned_data["judges"], prices, strict=True))
        except HarkenError as error:
            form.add_error(None, str(error))
    return render(request, "feedback_mining/judging_start.html", context)


@login_required
@require_GET
def judged_pair(request: HttpRequest, project_slug: str, pair_uuid: UUID) -> HttpResponse:
    """One pair: the request, the wishes, both answers, and what the judges answered word for word."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    content = judged_pair_of(access.project, uuid=pair_uuid)
    if content is None:
        raise Http404
    context = {"access": access, "project": access.project, "content": content}
    return render(request, "feedback_mining/judged_pair.html", context)


def _set_of(access: Access, uuid: UUID) -> ResponseSet:
    response_set = response_set_of(access.project, uuid)
    if response_set is None:
        raise Http404
    return response_set
