"""Queues: where judges begin, and what researchers set up."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from annotation.forms.desk import GuidelineForm, ScreeningForm
from annotation.forms.queue_rules import QueueMemberForm, rules_form
from annotation.models import Queue
from annotation.permissions import existing_queue
from annotation.queries.desk.cards import (
    active_leases,
    queues_of,
    unscreened_count,
)
from annotation.queries.quality.waiting import waiting_in
from annotation.queries.queues.progress import team_progress
from annotation.queries.queues.rules import named_members, readers_of, retired_tasks, source_in_words
from annotation.queries.queues.ways import drawn_dimensions
from annotation.services.desk.leases import release_lease
from annotation.services.queues.setup import (
    fill_queue,
    set_queue_screening,
    set_queue_state,
    write_guideline,
)
from curation.domain.access.roles import Role
from curation.permissions import enter_project
from curation.queries.corpus.preferences import confirmation_of_mined_pairs


@login_required
@require_GET
def queue_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """The queues of a project with what is left to do."""
    access = enter_project(request.user, project_slug)
    context = {
        "access": access,
        "project": access.project,
        "queues": queues_of(access.project, membership=access.membership),
    }
    return render(request, "annotation/queue_list.html", context)


@login_required
@require_GET
def my_queues(request: HttpRequest, project_slug: str) -> HttpResponse:
    """The queues as a fragment of the home page."""
    access = enter_project(request.user, project_slug)
    context = {"access": access, "queues": queues_of(access.project, membership=access.membership)}
    return render(request, "annotation/_my_queues.html", context)


@login_required
@require_GET
def queue_detail(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """A queue as its researcher sees it: progress, guideline, tasks in people's hands."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    guideline = queue.guideline
    context = {
        "access": access,
        "project": access.project,
        "queue": queue,
        "confirmation": confirmation_of_mined_pairs(access.project),
        "guideline": guideline,
        "form": GuidelineForm(initial={"body": guideline.body if guideline else ""}),
        "leases": active_leases(queue),
        "screening_form": ScreeningForm(instance=queue),
        "unscreened": unscreened_count(queue),
        "waiting": waiting_in(queue),
        "team": team_progress(queue, membership=access.membership),
        "rules_form": rules_form(queue),
        "source_in_words": source_in_words(queue),
        "members": named_members(queue),
        "member_form": QueueMemberForm(project=access.project),
        "retired": retired_tasks(queue),
        "readers": readers_of(queue),
        "partner": queue.partner,
        "ways": drawn_dimensions(queue),
    }
    return render(request, "annotation/queue_detail.html", context)


@login_required
@require_POST
def queue_fill(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Add the pairs that came since."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    added = fill_queue(queue=existing_queue(access.project, queue_uuid))
    messages.success(
        request, ngettext("%(n)d task was added.", "%(n)d tasks were added.", added) % {"n": added}
    )
    return redirect("annotation:queue_detail", project_slug, queue_uuid)


@login_required
@require_POST
def queue_toggle(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Pause an open queue, or open a paused one."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    state = Queue.State.PAUSED if queue.state == Queue.State.OPEN else Queue.State.OPEN
    set_queue_state(queue=queue, state=state, actor=access.user)
    return redirect("annotation:queue_detail", project_slug, queue_uuid)


@login_required
@require_POST
def queue_screening(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Set what the queue's people may see of personal data."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    form = ScreeningForm(request.POST)
    if form.is_valid():
        set_queue_screening(queue=queue, actor=access.user, **form.cleaned_data)
        messages.success(request, _("The queue's rules for personal data are saved."))
    return redirect("annotation:queue_detail", project_slug, queue_uuid)


@login_required
@require_POST
def guideline_write(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """Add the next version of the guideline."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = GuidelineForm(request.POST)
    if form.is_valid():
        write_guideline(
            queue=existing_queue(access.project, queue_uuid),
            body=form.cleaned_data["body"],
            actor=access.user,
        )
    else:
        messages.error(request, _("A guideline cannot be empty."))
    return redirect("annotation:queue_detail", project_slug, queue_uuid)


@login_required
@require_POST
def lease_release(
    request: HttpRequest, project_slug: str, queue_uuid: UUID, lease_uuid: UUID
) -> HttpResponse:
    """Take a task out of somebody's hands."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    release_lease(queue=queue, lease_uuid=lease_uuid, actor=access.user)
    return redirect("annotation:queue_detail", project_slug, queue_uuid)


@login_required
@require_GET
def confirmation_card(request: HttpRequest, project_slug: str) -> HttpResponse:
    """How far people confirm what was mined."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = Queue.objects.for_project(access.project).order_by("-id").first()
    context = {"access": access, "confirmation": confirmation_of_mined_pairs(access.project), "queue": queue}
    return render(request, "annotation/_confirmation_card.html", context)
