"""What a source said of a conversation."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from curation.domain.access.roles import Role
from curation.permissions import enter_project
from curation.queries.corpus.conversations import conversation_of
from curation.queries.importers.source_marks import source_marks_of


@login_required
@require_safe
def source_panel(request: HttpRequest, project_slug: str, conversation_uuid: UUID) -> HttpResponse:
    """Show the tags, thumbs and other scores that came with a conversation, as a fragment."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    conversation = conversation_of(access.project, conversation_uuid)
    if conversation is None:
        raise Http404
    context = {"conversation": conversation, "marks": source_marks_of(conversation)}
    return render(request, "curation/_source_panel.html", context)
