"""The desk: one decision a screen."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from annotation.forms.desk import JudgementForm, SkipForm, UndoForm, sent_fields
from annotation.models import Annotation, GoldResult, Lease, Precedent, Queue
from annotation.permissions import enter_queue, judge_of
from annotation.queries.desk.cards import (
    choice_in_words,
    lease_of,
)
from annotation.queries.quality.asking import rulings_on, unread_guideline
from annotation.queries.quality.gold import feedback_in_test
from annotation.queries.quality.review import decision_draft_of, returned_count
from annotation.services.desk.judgements import skip_task, submit_judgement, undo_last
from annotation.services.desk.leases import keep_draft, lease_next_task, renew_lease
from annotation.services.quality.review import keep_decision_draft
from annotation.views.adjudication import adjudication_submit
from annotation.views.desk_context import desk_context
from curation.domain.errors import HarkenError
from curation.models import Membership
from curation.permissions import Access, enter_project

# What a form says of itself, and not of the task.
NOT_DRAFTED = ("csrfmiddlewaretoken", "lease", "idempotency_key", "active_ms", "person")


class Saved(NamedTuple):
    """What was just done, and the choice in the words of its button."""

    act: str = ""
    choice: str = ""
    rulings: Sequence[Precedent] = ()
    known: GoldResult | None = None


@login_required
@require_GET
@never_cache
def desk(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """The next task, or the one in hand."""
    access, queue = enter_queue(request.user, project_slug, queue_uuid)
    membership = judge_of(access)
    # Told once, when the page is opened, and not with every task.
    is_page = not request.htmx  # type: ignore[attr-defined]
    if is_page and (waiting := returned_count(membership, queue=queue)):
        messages.info(
            request,
            ngettext(
                "%(n)d answer was sent back to you: see My answers.",
                "%(n)d answers were sent back to you: see My answers.",
                waiting,
            )
            % {"n": waiting},
        )
    return _show(request, access, queue, membership)


@login_required
@require_POST
def judgement_submit(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Save a judgement and show the next task."""
    access, queue = enter_queue(request.user, project_slug, queue_uuid)
    membership = judge_of(access)
    form = JudgementForm(request.POST)
    if not form.is_valid():
        return _refuse(
            request, access, queue, membership, _("That judgement was incomplete, so it was not saved.")
        )
    if _is_of_another(form, membership):
        return _refuse_stranger()
    if form.cleaned_data["adjudicates"]:
        return adjudication_submit(request, access, queue, form)
    lease = lease_of(queue, uuid=form.cleaned_data["lease"], membership=membership)
    if lease is None:
        return _refuse(request, access, queue, membership, _("This task is not there any more."))
    try:
        annotation = submit_judgement(
            lease=lease,
            membership=membership,
            payload=sent_fields(request.POST),
            idempotency_key=form.cleaned_data["idempotency_key"],
            active_ms=form.cleaned_data["active_ms"],
            revises=form.cleaned_data["revises"],
            guideline_version=form.cleaned_data["guideline"],
        )
    except HarkenError as error:
        return _refuse(request, access, queue, membership, str(error))
    if request.headers.get("Prefer") == "return=minimal":
        # Whoever has fetched the next task already wants the receipt alone.
        return HttpResponse(status=204, headers={"X-Harken-Desk": str(annotation.act)})
    if form.cleaned_data["revises"]:
        return _changed(request, access, queue, form.cleaned_data["revises"])
    return _go_on(request, access, queue, membership, saved=_saved(queue, annotation))


@login_required
@require_POST
def task_skip(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Pass the task on to others and show the next one."""
    access, queue = enter_queue(request.user, project_slug, queue_uuid)
    membership = judge_of(access)
    form = SkipForm(request.POST)
    if not form.is_valid():
        return _refuse(request, access, queue, membership, _("Say in a few words why you skip this."))
    if _is_of_another(form, membership):
        return _refuse_stranger()
    lease = lease_of(queue, uuid=form.cleaned_data["lease"], membership=membership)
    if lease is None:
        return _refuse(request, access, queue, membership, _("This task is not there any more."))
    key, reason = form.cleaned_data["idempotency_key"], form.cleaned_data["reason"]
    try:
        skip_task(
            lease=lease,
            membership=membership,
            reason=reason,
            idempotency_key=key,
            active_ms=form.cleaned_data["active_ms"],
        )
    except HarkenError as error:
        return _refuse(request, access, queue, membership, str(error))
    return _go_on(request, access, queue, membership, saved=Saved("skipped"))


@login_required
@require_POST
def judgement_undo(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Take back the last judgement and show its task again."""
    access, queue = enter_queue(request.user, project_slug, queue_uuid)
    membership = judge_of(access)
    form = UndoForm(request.POST)
    if not form.is_valid():
        return _refuse(
            request, access, queue, membership, _("Nothing was taken back. Reload the page and try again.")
        )
    if _is_of_another(form, membership):
        return _refuse_stranger()
    lease = undo_last(
        queue=queue, membership=membership, idempotency_key=form.cleaned_data["idempotency_key"]
    )
    if lease is None:
        return _refuse(
            request, access, queue, membership, _("There is nothing of yours to take back in this queue.")
        )
    return _go_on(request, access, queue, membership, saved=Saved("undone"))


@login_required
@require_POST
def heartbeat(request: HttpRequest, project_slug: str, queue_uuid: UUID, lease_uuid: UUID) -> HttpResponse:
    """Keep the task in hand while its page is looked at."""
    access, queue = enter_queue(request.user, project_slug, queue_uuid)
    membership = judge_of(access)
    renew_lease(lease=_own_lease(queue, lease_uuid, membership))
    return HttpResponse(status=204)


@login_required
@require_POST
def draft_save(request: HttpRequest, project_slug: str, queue_uuid: UUID, lease_uuid: UUID) -> HttpResponse:
    """Keep what was filled in so far."""
    access, queue = enter_queue(request.user, project_slug, queue_uuid)
    membership = judge_of(access)
    fields = {name: values for name, values in sent_fields(request.POST).items() if name not in NOT_DRAFTED}
    lease = lease_of(queue, uuid=lease_uuid, membership=membership)
    opened = None if lease else decision_draft_of(queue, uuid=lease_uuid, membership=membership)
    try:
        if lease is not None:
            keep_draft(lease=lease, fields=fields)
        elif opened is not None and access.is_researcher:
            keep_decision_draft(opened=opened, fields=fields)
        else:
            raise Http404
    except HarkenError as error:
        return HttpResponse(str(error), status=413, content_type="text/plain; charset=utf-8")
    return HttpResponse(status=204)


@require_GET
@never_cache
def desk_session(request: HttpRequest, project_slug: str) -> JsonResponse:
    """Say who is signed in, with a fresh token: what waits in a browser is sent under the same person only."""
    person = None
    if request.user.is_authenticated:
        membership = enter_project(request.user, project_slug).membership
        person = str(membership.uuid) if membership else None
    return JsonResponse({"person": person, "token": get_token(request)})


def _changed(request: HttpRequest, access: Access, queue: Queue, revised: UUID) -> HttpResponse:
    """Say on its own page that an answer was changed; without a script, back to one's answers."""
    if not request.htmx:  # type: ignore[attr-defined]
        messages.success(request, _("Your answer is changed."))
        return redirect("annotation:desk_history", access.project.slug, queue.uuid)
    context = {"access": access, "queue": queue, "desk_id": f"desk-change-{revised}"}
    response = render(request, "annotation/_judgement_changed.html", context)
    response["X-Harken-Desk"] = "judged"
    return response


def _saved(queue: Queue, annotation: Annotation) -> Saved:
    """Return what is told after a judgement: the choice, what was ruled on its task, the result of a test."""
    said = [choice_in_words(queue, str(value), way=annotation.way) for value in annotation.answer.values()]
    return Saved(
        # A header is a plain word, and no member of an enumeration.
        act=str(annotation.act),
        choice=next(filter(None, said), ""),
        rulings=rulings_on(annotation.task),
        known=feedback_in_test(annotation),
    )


def _is_of_another(form: JudgementForm | UndoForm, membership: Membership) -> bool:
    """Return whether the form was filled in by somebody else than who sends it."""
    return form.cleaned_data["person"] not in (None, membership.uuid)


def _refuse_stranger() -> HttpResponse:
    sentence = _("This was answered by somebody else. It is sent when they sign in again on this device.")
    return HttpResponse(sentence, status=409, content_type="text/plain; charset=utf-8")


def _own_lease(queue: Queue, uuid: UUID, membership: Membership) -> Lease:
    lease = lease_of(queue, uuid=uuid, membership=membership)
    if lease is None:
        raise Http404
    return lease


def _refuse(
    request: HttpRequest, access: Access, queue: Queue, membership: Membership, sentence: str
) -> HttpResponse:
    """Explain why nothing was saved, above the next task."""
    messages.warning(request, sentence)
    return _go_on(request, access, queue, membership, saved=Saved("refused"))


def show_desk(request: HttpRequest, access: Access, queue: Queue, membership: Membership) -> HttpResponse:
    """Show the task in hand, or the next; without htmx, by a redirect."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("annotation:desk", access.project.slug, queue.uuid)
    return _show(request, access, queue, membership)


def _go_on(
    request: HttpRequest,
    access: Access,
    queue: Queue,
    membership: Membership,
    *,
    saved: Saved,
) -> HttpResponse:
    """Show the next task in place; without htmx, by a redirect."""
    if not request.htmx:  # type: ignore[attr-defined]
        if saved.act != "refused":
            messages.success(request, _("Saved."))
        return redirect("annotation:desk", access.project.slug, queue.uuid)
    return _show(request, access, queue, membership, saved=saved)


def _show(
    request: HttpRequest,
    access: Access,
    queue: Queue,
    membership: Membership,
    *,
    saved: Saved | None = None,
) -> HttpResponse:
    """Render the desk with a task in hand, whole or as the fragment that takes its place."""
    change = unread_guideline(queue, membership=membership)
    lease = None if change else lease_next_task(queue=queue, membership=membership)
    context = {**desk_context(access, queue, membership, lease), "saved": saved, "change": change}
    template = "_desk.html" if request.htmx else "desk.html"  # type: ignore[attr-defined]
    response = render(request, f"annotation/{template}", context)
    # The browser keeps an answer until it reads this: what a proxy or a sign-in page says is no receipt.
    response["X-Harken-Desk"] = saved.act if saved and saved.act else "shown"
    return response
