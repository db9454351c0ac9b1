"""Pages and fragments about what users said."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.models import Job
from curation.permissions import Access, enter_project
from curation.services.work.jobs import ring_job
from feedback_mining.domain.pairs import skipped_in_words
from feedback_mining.domain.taxonomy import CRITERIA
from feedback_mining.forms.mining import (
    MiningForm,
    PairBuildingForm,
    ReviewForm,
    SignalPageForm,
    plugin_lines,
)
from feedback_mining.queries.learning import criteria_of
from feedback_mining.queries.measurement import measured_detectors
from feedback_mining.queries.pair_story import pairs_of_conversation, waiting_count
from feedback_mining.queries.screens import (
    conversation_of,
    criterion_counts,
    mining_funnel,
    quote_of,
    recent_work,
    signal_of,
    signal_page,
    signals_of_conversation,
)
from feedback_mining.queries.trained_heads import outgrown_head
from feedback_mining.queries.wishes import checklist_of
from feedback_mining.services.mining import open_mining
from feedback_mining.services.pairs import open_pair_building
from feedback_mining.services.reviews import record_signal_review


@login_required
@require_GET
def signal_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """What users said: the 18 criteria with their counts, and the signals, newest first."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    asked = SignalPageForm(request.GET, auto_id="narrow-%s")
    if not asked.is_valid():
        raise Http404
    context = {
        **_work_context(access),  # read first: what ends after it is announced by its fragment
        "project": access.project,
        "counts": criterion_counts(access.project),
        "criterion": CRITERIA.get(asked.cleaned_data["criterion"]),
        "asked": asked,
        "narrowed": asked.narrowed(),
        "page": signal_page(access.project, **asked.cleaned_data),
        "waiting": waiting_count(access.project),
        "explained": plugin_lines(),
        "mining_form": MiningForm(project=access.project),
        "pair_form": PairBuildingForm(),
        "outgrown": outgrown_head(access.project),
    }
    return render(request, "feedback_mining/signal_list.html", context)


@login_required
@require_POST
def mining_start(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Ask the worker for a mining run."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = MiningForm(request.POST, project=access.project)
    if form.is_valid():
        try:
            ring_job(
                job=open_mining(
                    project=access.project,
                    detector=form.cleaned_data["detector"],
                    endpoint=form.cleaned_data["endpoint"],
                    actor=access.user,
                )
            )
        except HarkenError as error:
            messages.error(request, str(error))
    else:
        messages.error(request, _("Choose one of the detectors."))
    return redirect("feedback_mining:signal_list", project_slug)


@login_required
@require_POST
def pair_building_start(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Ask the worker to build pairs."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = PairBuildingForm(request.POST)
    if form.is_valid():
        ring_job(
            job=open_pair_building(
                project=access.project, recipe=form.cleaned_data["recipe"], actor=access.user
            )
        )
    else:
        messages.error(request, _("Choose one of the pair recipes."))
    return redirect("feedback_mining:signal_list", project_slug)


@login_required
@require_GET
def mining_work(request: HttpRequest, project_slug: str) -> HttpResponse:
    """The newest mining and pair-building jobs, live; the page shows what they found once they end."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    context = _work_context(access)
    response = render(request, "feedback_mining/_mining_work.html", context)
    has_ended = "running" in request.GET and not context["is_running"]
    return trigger_client_event(response, "miningFinished") if has_ended else response


def _work_context(access: Access) -> dict[str, Any]:
    jobs = recent_work(access.project)
    is_running = any(not job.is_finished for job in jobs)
    return {
        "access": access,
        "jobs": jobs,
        "is_running": is_running,
        "next_step": "" if is_running else _next_step(jobs),
        "skipped": _skipped(jobs),
    }


def _next_step(jobs: list[Job]) -> str:
    """What helps most after the newest work: pairs from what was found, or people to judge the pairs."""
    if not jobs or jobs[0].state != Job.State.SUCCEEDED:
        return ""
    if jobs[0].kind == "mining":
        return "pairs" if jobs[0].result.get("signals") else ""
    return "judge" if jobs[0].result.get("pairs") else ""


def _skipped(jobs: list[Job]) -> list[tuple[str, int]]:
    """Why candidates of the newest work gave no pair, in sentences."""
    is_pairs = bool(jobs) and jobs[0].kind == "pair_building"
    return skipped_in_words(jobs[0].result.get("skipped", {})) if is_pairs else []


@login_required
@require_GET
def signal_panel(request: HttpRequest, project_slug: str, conversation_uuid: UUID) -> HttpResponse:
    """The signals of one conversation, beside its messages."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    conversation = conversation_of(access.project, uuid=conversation_uuid)
    if conversation is None:
        raise Http404
    context = {
        "access": access,
        "conversation": conversation,
        "quotes": signals_of_conversation(conversation),
        "checklist": checklist_of(conversation),
        "pairs": pairs_of_conversation(conversation),
        "criteria": [each.name for each in criteria_of(access.project)],
    }
    return render(request, "feedback_mining/_signal_panel.html", context)


@login_required
@require_POST
def signal_review(request: HttpRequest, project_slug: str, signal_uuid: UUID) -> HttpResponse:
    """Confirm, correct or reject a signal."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    signal = signal_of(access.project, uuid=signal_uuid)
    if signal is None:
        raise Http404
    form = ReviewForm(request.POST, project=access.project)
    if form.is_valid():
        try:
            record_signal_review(
                message=signal.message, reviewer=access.user, verdict=form.verdict_on(signal.criterion)
            )
        except HarkenError as error:
            form.add_error(None, str(error))
    context = {
        "access": access,
        "quote": quote_of(signal_of(access.project, uuid=signal_uuid) or signal),
        "criteria": [each.name for each in criteria_of(access.project)],
        "form": form,
    }
    return render(request, "feedback_mining/_signal.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def measured_card(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Precision and recall of each detector on the labels written with the demo corpus."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    context = {"access": access, "measured": measured_detectors(access.project)}
    return render(request, "feedback_mining/_measured_card.html", context)


@login_required
@require_GET
def funnel_stage(request: HttpRequest, project_slug: str) -> HttpResponse:
    """The funnel's stage between conversations and pairs."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    context = {"access": access, "stage": mining_funnel(access.project)}
    return render(request, "feedback_mining/_funnel_stage.html", context)
