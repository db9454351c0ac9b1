"""How blind a queue is, for its researcher."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.permissions import existing_queue
from annotation.queries.queues.blindness import blindness_of
from curation.domain.access.roles import Role
from curation.permissions import enter_project


@login_required
@require_GET
def queue_blindness(request: HttpRequest, project_slug: str, queue_uuid: UUID) -> HttpResponse:
    """The effects of place and length, and how many answers give a model away."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    queue = existing_queue(access.project, queue_uuid)
    context = {"access": access, "queue": queue, "blindness": blindness_of(queue)}
    return render(request, "annotation/_blindness.html", context)
