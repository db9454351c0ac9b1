"""Two answers side by side."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from curation.domain.access.roles import Role
from curation.permissions import Access, enter_project
from curation.queries.corpus.comparing import (
    Show,
    SideBySide,
    answers_of,
    compared_responses,
    compared_row,
    row_of,
)
from curation.queries.corpus.conversations import conversation_of


@login_required
@require_safe
def response_compare(
    request: HttpRequest, project_slug: str, left_uuid: UUID, right_uuid: UUID
) -> HttpResponse:
    """Show two answers of a project side by side."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    return _page(request, access, compared_responses(access.project, left_uuid, right_uuid))


@login_required
@require_safe
def row_compare(request: HttpRequest, project_slug: str, row_uuid: UUID) -> HttpResponse:
    """Show the two answers of a frozen row side by side."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    row = row_of(access.project, row_uuid)
    if row is None:
        raise Http404
    return _page(request, access, compared_row(row), row=row)


@login_required
@require_safe
def answer_panel(request: HttpRequest, project_slug: str, conversation_uuid: UUID) -> HttpResponse:
    """Offer the answers that there are to a conversation's prompts, to be put side by side."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    conversation = conversation_of(access.project, conversation_uuid)
    if conversation is None:
        raise Http404
    context = {"access": access, "conversation": conversation, "prompts": answers_of(conversation)}
    return render(request, "curation/_answer_panel.html", context)


def _page(request: HttpRequest, access: Access, compared: SideBySide | None, **more: object) -> HttpResponse:
    if compared is None:
        raise Http404
    asked = request.GET.get("show", "")
    context = {
        "access": access,
        "project": access.project,
        "compared": compared,
        "show": Show(asked) if asked in set(Show) else Show.RENDERED,
        **more,
    }
    is_fragment = request.htmx  # type: ignore[attr-defined]
    return render(request, f"curation/{'_side_by_side' if is_fragment else 'response_compare'}.html", context)
