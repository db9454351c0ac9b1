"""The last word on a task: one's own answer first, the votes of the others afterwards."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from annotation.forms.desk import JudgementForm, sent_fields
from annotation.models import Queue, Task
from annotation.permissions import existing_queue, judge_of
from annotation.queries.desk.cards import lease_for_deciding
from annotation.queries.quality.review import adjudication_of, may_decide, task_to_decide, votes_in_words
from annotation.services.quality.review import adjudicate, open_for_decision
from annotation.views.desk_context import desk_context
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.permissions import Access, enter_project

# Signs the order that a form shows, so that a choice of a side means that side whenever it is sent.
SALT = "annotation.adjudication"


@login_required
@require_GET
@never_cache
def adjudication(request: HttpRequest, project_slug: str, queue_uuid: UUID, task_uuid: UUID) -> HttpResponse:
    """Judge a task that people disagree on; their votes are shown once it is decided."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    task = _task(queue, task_uuid)
    if may_decide(task, membership=judge_of(access)):
        return _show(request, access, queue, task, template="adjudication.html")
    messages.warning(request, _("You judged this task yourself, so somebody else has to decide it."))
    return redirect("annotation:queue_review", project_slug, queue_uuid)


def adjudication_submit(
    request: HttpRequest, access: Access, queue: Queue, form: JudgementForm
) -> HttpResponse:
    """Decide, and show how the others voted; for researchers alone. The desk's form was posted."""
    if not access.is_researcher:
        raise PermissionDenied
    task, act = _task(queue, form.cleaned_data["adjudicates"]), "judged"
    try:
        adjudicate(
            task=task,
            membership=judge_of(access),
            payload=sent_fields(request.POST),
            order_shown=_signed_order(task, form.cleaned_data["order"]),
        )
    except HarkenError as error:
        messages.warning(request, str(error))
        act = "refused"
    is_fragment = bool(request.htmx)  # type: ignore[attr-defined]
    template = "_adjudication.html" if is_fragment else "adjudication.html"
    response = _show(request, access, queue, task, template=template)
    response["X-Harken-Desk"] = act
    return response


def _task(queue: Queue, uuid: UUID) -> Task:
    task = task_to_decide(queue, uuid=uuid)
    if task is None:
        raise Http404
    return task


def _signed_order(task: Task, signed: str) -> list[str]:
    """Return the order that the form showed; raise HarkenError for one that we did not sign for this task."""
    try:
        order: list[str] = signing.loads(signed, salt=f"{SALT}:{task.uuid}")
    except signing.BadSignature as error:
        raise HarkenError(_("This page is out of date. Reload it and decide again.")) from error
    return order


def _show(request: HttpRequest, access: Access, queue: Queue, task: Task, *, template: str) -> HttpResponse:
    decided, membership = adjudication_of(task), judge_of(access)
    desk_id = f"desk-decide-{task.uuid}"
    if decided is not None:
        context = {"access": access, "project": access.project, "queue": queue, "membership": membership}
        context |= {"decided": decided, "votes": votes_in_words(queue, task), "desk_id": desk_id}
        return render(request, f"annotation/{template}", context)
    opened = open_for_decision(task=task, membership=membership)
    lease, order = lease_for_deciding(opened), opened.order_shown
    context = {
        **desk_context(access, queue, membership, lease),
        "adjudicates": task.uuid,
        "signed_order": signing.dumps(order, salt=f"{SALT}:{task.uuid}"),
        "desk_id": desk_id,
    }
    return render(request, f"annotation/{template}", context)
