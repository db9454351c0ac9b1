"""One conversation: the reader, and what may become of it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curation.domain.access.roles import Role
from curation.models import Conversation
from curation.permissions import Access, enter_project
from curation.queries.corpus.conversations import (
    conversation_of,
    head_turn,
    turn_chunk,
    turn_page,
    whole_turn,
    withdrawal_reach,
)
from curation.queries.importers.attachments import attachments_of
from curation.queries.versions.repeats import repeats_of
from curation.services.corpus.conversations import archive_conversation, restore_conversation
from curation.services.corpus.withdrawals import withdraw_conversation
from curation.views.parameters import number_parameter


@login_required
@require_safe
def conversation_detail(request: HttpRequest, project_slug: str, conversation_uuid: UUID) -> HttpResponse:
    """Show a conversation to be read, with what the user said of it beside it."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    conversation = _conversation_of(access, conversation_uuid)
    context = {
        "access": access,
        "project": access.project,
        "conversation": conversation,
        "page": turn_page(conversation, start=number_parameter(request, "from", default=0)),
        "attachments": SimpleLazyObject(lambda: attachments_of(conversation)),
    }
    return render(request, "curation/conversation_detail.html", context)


@login_required
@require_safe
def message_body(
    request: HttpRequest, project_slug: str, conversation_uuid: UUID, position: int
) -> HttpResponse:
    """Show the text of one turn: rendered, as it was written with `?form=raw`, or its beginning with `?form=head`."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    conversation = _conversation_of(access, conversation_uuid)
    form = request.GET.get("form", "")
    turn = (head_turn if form == "head" else whole_turn)(conversation, position=position)
    if turn is None:
        raise Http404
    context = {
        "access": access,
        "conversation": conversation,
        "turn": turn,
        "is_raw": form == "raw",
        "attachments": SimpleLazyObject(lambda: attachments_of(conversation)),
    }
    return render(request, "curation/_message_body.html", context)


@login_required
@require_safe
def message_chunk(
    request: HttpRequest, project_slug: str, conversation_uuid: UUID, position: int
) -> HttpResponse:
    """Show a piece of a long text as it was written, from the character `?start=`."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    conversation = _conversation_of(access, conversation_uuid)
    start = number_parameter(request, "start", default=0)
    chunk = turn_chunk(conversation, position=position, start=start)
    if chunk is None:
        raise Http404
    context = {"access": access, "conversation": conversation, "chunk": chunk}
    return render(request, "curation/_message_chunk.html", context)


@login_required
@require_POST
def conversation_archive(request: HttpRequest, project_slug: str, conversation_uuid: UUID) -> HttpResponse:
    """Take a conversation out of lists and future versions."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    conversation = _conversation_of(access, conversation_uuid)
    archive_conversation(conversation=conversation, actor=access.user)
    messages.success(request, _("Archived: lists and new dataset versions leave it out. You can restore it."))
    return redirect("curation:conversation_detail", project_slug, conversation.uuid)


@login_required
@require_POST
def conversation_restore(request: HttpRequest, project_slug: str, conversation_uuid: UUID) -> HttpResponse:
    """Put an archived conversation back."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    conversation = _conversation_of(access, conversation_uuid)
    restore_conversation(conversation=conversation, actor=access.user)
    messages.success(request, _("The conversation is restored."))
    return redirect("curation:conversation_detail", project_slug, conversation.uuid)


@login_required
@require_http_methods(["GET", "POST"])
def conversation_withdraw(request: HttpRequest, project_slug: str, conversation_uuid: UUID) -> HttpResponse:
    """Say what a withdrawal erases, and erase it when an admin confirms."""
    access = enter_project(request.user, project_slug, role=Role.ADMIN)
    conversation = _conversation_of(access, conversation_uuid)
    if request.method == "POST":
        withdraw_conversation(conversation=conversation, actor=access.user)
        messages.success(request, _("The conversation is withdrawn: its text is erased."))
        return redirect("curation:conversation_detail", project_slug, conversation.uuid)
    context = {
        "access": access,
        "project": access.project,
        "conversation": conversation,
        "reach": withdrawal_reach(conversation),
        "repeats": repeats_of(conversation),
    }
    return render(request, "curation/conversation_withdraw.html", context)


def _conversation_of(access: Access, uuid: UUID) -> Conversation:
    conversation = conversation_of(access.project, uuid)
    if conversation is None:
        raise Http404
    return conversation
