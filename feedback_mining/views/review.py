"""The review of claims and silences: one verdict a screen, by keyboard; and what the verdicts say of detectors."""

from random import SystemRandom
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.models import Message
from curation.permissions import Access, enter_project
from curation.services.work.jobs import ring_job
from feedback_mining.domain.review_order import Draw
from feedback_mining.forms.mining import ClaimReviewForm, MissedForm
from feedback_mining.queries.confidences import confidence_cards
from feedback_mining.queries.learning import criteria_of
from feedback_mining.queries.review_card import ReviewCard, message_of, review_card
from feedback_mining.queries.review_order import next_drawn, unreviewed_claim_count
from feedback_mining.queries.review_quality import review_quality
from feedback_mining.queries.screens import conversation_of, is_mined, newest_job
from feedback_mining.queries.trained_heads import (
    outgrown_head,
    reviewed_message_count,
    shipped_calibration,
    trained_heads,
    unread_head,
)
from feedback_mining.services.confidences import go_back_to_stated_confidences
from feedback_mining.services.head_jobs import open_head_retraining
from feedback_mining.services.retraining import FEWEST_MESSAGES, go_back_to_shipped_head
from feedback_mining.services.reviews import record_signal_review

# A draw travels with its form, signed: what is stored is what was drawn.
SALT = "feedback_mining.review"
PASSED_KEY = "reviews_passed"
MOST_PASSED = 100


@login_required
@require_GET
def review_desk(request: HttpRequest, project_slug: str) -> HttpResponse:
    """The claim or silence that comes next."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    drawn = next_drawn(access.project, chance=SystemRandom(), passed=_passed(request))
    card = review_card(access.project, drawn=drawn) if drawn else None
    context = {
        "access": access,
        "project": access.project,
        "card": card,
        "left": unreviewed_claim_count(access.project),
        "is_mined": is_mined(access.project),
        "token": _token(card) if card else "",
        "criteria": criteria_of(access.project),
    }
    return render(request, "feedback_mining/review_desk.html", context)


@login_required
@require_POST
def review_record(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Store a verdict, or pass a message on for this visit, and go to the next one."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = ClaimReviewForm(request.POST, project=access.project)
    try:
        drawn = signing.loads(request.POST.get("token", ""), salt=SALT, max_age=86_400)
    except signing.BadSignature:
        messages.error(
            request, _("This page was too old to count. Nothing was saved; here is another claim.")
        )
        return redirect("feedback_mining:review_desk", project_slug)
    message = message_of(access.project, uuid=UUID(drawn["message"]))
    if message is None:
        raise Http404
    if request.POST.get("verdict") == "skip":
        _pass_on(request, message.pk)
    elif not form.is_valid():
        messages.error(
            request, " ".join(map(str, form.non_field_errors())) or _("Choose one of the verdicts.")
        )
    else:
        _record(request, access, message, form, drawn)
    return redirect("feedback_mining:review_desk", project_slug)


def _record(
    request: HttpRequest, access: Access, message: Message, form: ClaimReviewForm, drawn: dict[str, Any]
) -> None:
    draw = Draw(arm=drawn["arm"], weight=drawn["weight"], value=drawn["value"])
    try:
        for verdict in form.verdicts(criterion=drawn["criterion"], text=message.text):
            record_signal_review(message=message, reviewer=access.user, verdict=verdict, draw=draw)
    except HarkenError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Saved."))


@login_required
@require_POST
def missed_mark(request: HttpRequest, project_slug: str, conversation_uuid: UUID) -> HttpResponse:
    """Mark what detectors missed while reading a conversation."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    conversation = conversation_of(access.project, uuid=conversation_uuid)
    if conversation is None:
        raise Http404
    form = MissedForm(request.POST, project=access.project)
    position = form.cleaned_data["position"] - 1 if form.is_valid() else -1
    message = conversation.messages.filter(position=position).first()
    if message is None:
        messages.error(request, _("Choose a message of this conversation and the criterion that fits."))
    else:
        _mark(request, access, message, form)
    return redirect("curation:conversation_detail", project_slug, conversation.uuid)


def _mark(request: HttpRequest, access: Access, message: Message, form: MissedForm) -> None:
    try:
        record_signal_review(message=message, reviewer=access.user, verdict=form.verdict(text=message.text))
    except HarkenError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Marked. Pairs that are built from now on follow it."))


@login_required
@require_POST
def head_retrain(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Ask the worker to fit the embedding detector's head on the reviews."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    ring_job(job=open_head_retraining(project=access.project, actor=access.user))
    messages.success(request, _("The worker trains on the reviews. The figures below show how it did."))
    return redirect("feedback_mining:review_desk", project_slug)


@login_required
@require_POST
def head_revert(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Let the detectors claim as they came: the embedding detector by its shipped head, others as they state."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    go_back_to_shipped_head(project=access.project, actor=access.user)
    go_back_to_stated_confidences(project=access.project, actor=access.user)
    messages.success(
        request, _("The next runs claim as the detectors came, without what reviews taught them.")
    )
    return redirect("feedback_mining:review_desk", project_slug)


@login_required
@require_GET
def review_figures(request: HttpRequest, project_slug: str) -> HttpResponse:
    """How far each detector can be trusted by the reviews."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    job = newest_job(access.project, kind="retraining")
    context = {
        "access": access,
        "quality": review_quality(access.project),
        "heads": trained_heads(access.project),
        "outgrown": outgrown_head(access.project),
        "unread": unread_head(access.project),
        "reviewed": reviewed_message_count(access.project),
        "fewest": FEWEST_MESSAGES,
        "shipped": shipped_calibration(),
        "confidences": confidence_cards(access.project),
        "job": job,
        "is_training": job is not None and not job.is_finished,
    }
    return render(request, "feedback_mining/_review_figures.html", context)


def _token(card: ReviewCard) -> str:
    drawn = {
        "message": str(card.message.uuid),
        "criterion": card.name,
        "arm": card.draw.arm,
        "weight": card.draw.weight,
        "value": card.draw.value,
    }
    return signing.dumps(drawn, salt=SALT)


def _passed(request: HttpRequest) -> list[int]:
    return list(request.session.get(PASSED_KEY, []))


def _pass_on(request: HttpRequest, message: int) -> None:
    request.session[PASSED_KEY] = [*_passed(request), message][-MOST_PASSED:]
