"""The rules of an open queue: who works on it, how it asks, what was passed on; and how far it is."""

import csv
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotation.forms.queue_rules import QueueMemberForm, QueueRulesForm
from annotation.permissions import existing_queue, judge_of
from annotation.queries.queues.crossed_answers import CrossedAnswer, crossed_answers
from annotation.queries.queues.progress import team_progress
from annotation.services.desk.leases import prefetch_task
from annotation.services.queues.crossing import free_places
from annotation.services.queues.retirement import put_task_back
from annotation.services.queues.rules import change_rules, drop_member, name_member
from curation.domain.access.roles import Role
from curation.models import Membership, Project
from curation.permissions import enter_project


@login_required
@require_POST
def queue_rules(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Change how a queue asks."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    form = QueueRulesForm(request.POST)
    if form.is_valid():
        try:
            change_rules(queue=queue, rules=form.queue_rules({}), actor=access.user)
            messages.success(request, _("The queue's rules are saved. What was judged stays as it is."))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    else:
        sentences = [str(sentence) for errors in form.errors.values() for sentence in errors]
        messages.error(request, " ".join([_("The rules were not saved."), *sentences]))
    return redirect("annotation:queue_detail", project_slug, queue_uuid)


@login_required
@require_POST
def queue_member_name(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Name somebody who works on the queue."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    form = QueueMemberForm(request.POST, project=access.project)
    if form.is_valid():
        membership = _member(access.project, form.cleaned_data.pop("membership"))
        name_member(queue=queue, membership=membership, actor=access.user, **form.cleaned_data)
    else:
        messages.error(request, _("Choose somebody of this project."))
    return redirect("annotation:queue_detail", project_slug, queue_uuid)


@login_required
@require_POST
def queue_member_drop(
    request: HttpRequest, project_slug: str, queue_uuid: UUID, member_uuid: UUID
) -> HttpResponse:
    """Name somebody no longer."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    member = existing_queue(access.project, queue_uuid).people.filter(uuid=member_uuid).first()
    if member is None:
        raise Http404
    drop_member(member=member, actor=access.user)
    return redirect("annotation:queue_detail", project_slug, queue_uuid)


@login_required
@require_POST
def task_put_back(request: HttpRequest, project_slug: str, queue_uuid: UUID, task_uuid: UUID) -> HttpResponse:
    """Ask a task again that too many people passed on."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    task = existing_queue(access.project, queue_uuid).tasks.filter(uuid=task_uuid).first()
    if task is None:
        raise Http404
    put_task_back(task=task, actor=access.user)
    messages.success(request, _("The task is asked again, of people who have not passed it on."))
    return redirect("annotation:queue_detail", project_slug, queue_uuid)


@login_required
@require_POST
def crossed_places_free(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Give the places that somebody does not come back for to others."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    membership = _member(access.project, _uuid(request.POST.get("membership", "")))
    freed = free_places(queue=queue, membership=membership, actor=access.user)
    messages.success(request, _("Places freed: %(n)d.") % {"n": freed})
    return redirect("annotation:queue_detail", project_slug, queue_uuid)


@login_required
@require_GET
def crossed_file(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """What the same people said under both protocols, as the file that `compare_protocols` reads."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    if queue.partner_id is None:
        raise Http404
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="protocols-{queue.uuid}.csv"'
    table = csv.writer(response)
    table.writerow(CrossedAnswer._fields)
    table.writerows(crossed_answers(queue))
    return response


@login_required
@require_GET
def queue_progress_panel(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """How far the queue is: one's own part, the team's, the rate, and when it will be done."""
    access = enter_project(request.user, project_slug)
    queue = existing_queue(access.project, queue_uuid)
    team = team_progress(queue, membership=access.membership)
    return render(
        request, "annotation/_queue_progress.html", {"access": access, "queue": queue, "team": team}
    )


@login_required
@require_POST
def task_prefetch(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Hold the task after the one in hand for a minute; 204, and its lease in a header where there is one."""
    access = enter_project(request.user, project_slug)
    queue, membership = existing_queue(access.project, queue_uuid), judge_of(access)
    lease = prefetch_task(queue=queue, membership=membership)
    return HttpResponse(status=204, headers={"X-Harken-Lease": str(lease.uuid)} if lease else {})


def _member(project: Project, uuid: UUID | None) -> Membership:
    members = Membership.objects.current().for_project(project)
    found = members.filter(uuid=uuid).first() if uuid else None
    if found is None:
        raise Http404
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
