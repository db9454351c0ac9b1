"""The last word on a task: one's own answer first, the votes of the others afterwards."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.models import Queue, Task
from annotation.permissions import existing_queue, judge_of
from annotation.queries.desk.cards import lease_for_reading
from annotation.queries.quality.review import adjudication_of, task_to_decide, votes_in_words
from annotation.services.quality.review import adjudicate, order_for_adjudication
from annotation.views.desk_context import desk_context
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.permissions import Access, enter_project

# Where a session keeps the orders that were drawn, so that a reload shows the same.
ORDERS = "adjudication_orders"


@login_required
@require_GET
def adjudication(request: HttpRequest, project_slug: str, queue_uuid: UUID, task_uuid: UUID) -> HttpResponse:
    """Judge a task that people disagree on; their votes are shown once it is decided."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    return _show(request, access, queue, _task(queue, task_uuid), template="adjudication.html")


def adjudication_submit(request: HttpRequest, access: Access, queue: Queue, task_uuid: UUID) -> HttpResponse:
    """Decide, and show how the others voted; for researchers alone. The desk's form was posted."""
    if not access.is_researcher:
        raise PermissionDenied
    task, membership = _task(queue, task_uuid), judge_of(access)
    try:
        adjudicate(
            task=task,
            membership=membership,
            payload=dict(request.POST.lists()),
            order_shown=_order(request, task),
        )
    except HarkenError as error:
        messages.warning(request, str(error))
    is_fragment = bool(request.htmx)  # type: ignore[attr-defined]
    template = "_adjudication.html" if is_fragment else "adjudication.html"
    response = _show(request, access, queue, task, template=template)
    response["X-Harken-Desk"] = "judged"
    return response


def _task(queue: Queue, uuid: UUID) -> Task:
    task = task_to_decide(queue, uuid=uuid)
    if task is None:
        raise Http404
    return task


def _show(request: HttpRequest, access: Access, queue: Queue, task: Task, *, template: str) -> HttpResponse:
    decided, membership = adjudication_of(task), judge_of(access)
    if decided is not None:
        context = {"access": access, "project": access.project, "queue": queue, "membership": membership}
        context |= {"decided": decided, "votes": votes_in_words(queue, task)}
        return render(request, f"annotation/{template}", context)
    lease = lease_for_reading(task, membership=membership, order_shown=_order(request, task))
    context = {**desk_context(access, queue, membership, lease), "adjudicates": task.uuid}
    return render(request, f"annotation/{template}", context)


def _order(request: HttpRequest, task: Task) -> list[str]:
    """Return the order in which this session shows the answers, drawn the first time."""
    orders: dict[str, list[str]] = request.session.get(ORDERS, {})
    if str(task.uuid) not in orders:
        orders = {**orders, str(task.uuid): order_for_adjudication(task)}
        request.session[ORDERS] = orders
    return orders[str(task.uuid)]
