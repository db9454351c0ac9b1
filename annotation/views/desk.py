"""The desk: one decision a screen."""

from typing import NamedTuple
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from uuid6 import uuid7

from annotation.forms.desk import JudgementForm, SkipForm, UndoForm
from annotation.models import Lease, Queue
from annotation.permissions import existing_queue, judge_of
from annotation.queries.desk.attachments import files_of_task
from annotation.queries.desk.cards import (
    choice_in_words,
    lease_of,
    queue_progress,
    task_card,
)
from annotation.services.desk.judgements import skip_task, submit_judgement, undo_last
from annotation.services.desk.leases import lease_next_task, renew_lease
from curation.domain.errors import HarkenError
from curation.models import Membership
from curation.permissions import Access, enter_project


class Saved(NamedTuple):
    """What was just done, and the choice in the words of its button."""

    act: str = ""
    choice: str = ""


@login_required
@require_GET
def desk(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """The next task, or the one in hand."""
    access = enter_project(request.user, project_slug)
    queue, membership = existing_queue(access.project, queue_uuid), judge_of(access)
    lease = lease_next_task(queue=queue, membership=membership)
    return _show(request, access, queue, membership, lease)


@login_required
@require_POST
def judgement_submit(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Save a judgement and show the next task."""
    access = enter_project(request.user, project_slug)
    queue, membership = existing_queue(access.project, queue_uuid), judge_of(access)
    form = JudgementForm(request.POST)
    if not form.is_valid():
        return _refuse(
            request, access, queue, membership, _("That judgement was incomplete, so it was not saved.")
        )
    lease = _own_lease(queue, form.cleaned_data["lease"], membership)
    try:
        annotation = submit_judgement(
            lease=lease,
            membership=membership,
            payload=dict(request.POST.lists()),
            idempotency_key=form.cleaned_data["idempotency_key"],
            active_ms=form.cleaned_data["active_ms"],
        )
    except HarkenError as error:
        return _refuse(request, access, queue, membership, str(error))
    saved_as = choice_in_words(queue, request.POST.get("choice", ""))
    return _go_on(request, access, queue, membership, saved=Saved(annotation.act, saved_as))


@login_required
@require_POST
def task_skip(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Pass the task on to others and show the next one."""
    access = enter_project(request.user, project_slug)
    queue, membership = existing_queue(access.project, queue_uuid), judge_of(access)
    form = SkipForm(request.POST)
    if not form.is_valid():
        return _refuse(request, access, queue, membership, _("Say in a few words why you skip this."))
    lease = _own_lease(queue, form.cleaned_data["lease"], membership)
    key, reason = form.cleaned_data["idempotency_key"], form.cleaned_data["reason"]
    try:
        skip_task(lease=lease, membership=membership, reason=reason, idempotency_key=key)
    except HarkenError as error:
        return _refuse(request, access, queue, membership, str(error))
    return _go_on(request, access, queue, membership, saved=Saved("skipped"))


@login_required
@require_POST
def judgement_undo(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Take back the last judgement and show its task again."""
    access = enter_project(request.user, project_slug)
    queue, membership = existing_queue(access.project, queue_uuid), judge_of(access)
    form = UndoForm(request.POST)
    if not form.is_valid():
        return _refuse(
            request, access, queue, membership, _("Nothing was taken back. Reload the page and try again.")
        )
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
    access = enter_project(request.user, project_slug)
    queue, membership = existing_queue(access.project, queue_uuid), judge_of(access)
    renew_lease(lease=_own_lease(queue, lease_uuid, membership))
    return HttpResponse(status=204)


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
    return _go_on(request, access, queue, membership, saved=Saved())


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
        if saved.act:
            messages.success(request, _("Saved."))
        return redirect("annotation:desk", access.project.slug, queue.uuid)
    lease = lease_next_task(queue=queue, membership=membership)
    return _show(request, access, queue, membership, lease, saved=saved)


def _show(
    request: HttpRequest,
    access: Access,
    queue: Queue,
    membership: Membership,
    lease: Lease | None,
    *,
    saved: Saved | None = None,
) -> HttpResponse:
    context = {
        "access": access,
        "project": access.project,
        "queue": queue,
        "card": task_card(lease) if lease else None,
        "files": files_of_task(lease) if lease else [],
        "progress": queue_progress(queue, membership=membership),
        "guideline": queue.guideline,
        "saved": saved,
        "idempotency_key": uuid7(),
        "undo_key": uuid7(),
    }
    template = "_desk.html" if request.htmx else "desk.html"  # type: ignore[attr-defined]
    return render(request, f"annotation/{template}", context)
