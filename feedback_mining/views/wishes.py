"""The checklist of a conversation: entries are added, put in other words, and removed."""

from collections.abc import Callable
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.models import Conversation, Message
from curation.permissions import Access, enter_project
from feedback_mining.forms.mining import WishForm, WishTextForm
from feedback_mining.models import UserWish
from feedback_mining.queries.screens import conversation_of
from feedback_mining.queries.wishes import checklist_of, wish_of
from feedback_mining.services.wishes import add_wish, edit_wish, remove_wish


@login_required
@require_POST
def wish_add(request: HttpRequest, project_slug: str, conversation_uuid: UUID) -> HttpResponse:
    """Add an entry to the checklist, said in a message of the user."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    conversation = conversation_of(access.project, uuid=conversation_uuid)
    if conversation is None:
        raise Http404
    form = WishForm(request.POST)
    position = form.cleaned_data["position"] - 1 if form.is_valid() else -1
    message = conversation.messages.filter(position=position, role=Message.Role.USER).first()
    if message is None:
        return _checklist(
            request, access, conversation, problem=_("Choose a message of the user and write the wish.")
        )
    text = form.cleaned_data["text"]
    return _changed(
        request, access, conversation, lambda: add_wish(message=message, text=text, actor=access.user)
    )


@login_required
@require_POST
def wish_edit(request: HttpRequest, project_slug: str, wish_uuid: UUID) -> HttpResponse:
    """Put an entry in other words."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    wish, form = _wish(access, wish_uuid), WishTextForm(request.POST)
    conversation = wish.message.conversation
    if not form.is_valid():
        return _checklist(request, access, conversation, problem=" ".join(map(str, form.errors["text"])))
    text = form.cleaned_data["text"]
    return _changed(request, access, conversation, lambda: edit_wish(wish=wish, text=text, actor=access.user))


@login_required
@require_POST
def wish_remove(request: HttpRequest, project_slug: str, wish_uuid: UUID) -> HttpResponse:
    """Take an entry off the checklist."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    wish = _wish(access, wish_uuid)
    remove_wish(wish=wish, actor=access.user)
    return _checklist(request, access, wish.message.conversation)


def _wish(access: Access, uuid: UUID) -> UserWish:
    wish = wish_of(access.project, uuid=uuid)
    if wish is None:
        raise Http404
    return wish


def _changed(
    request: HttpRequest, access: Access, conversation: Conversation, change: Callable[[], object]
) -> HttpResponse:
    try:
        change()
    except HarkenError as error:
        return _checklist(request, access, conversation, problem=str(error))
    return _checklist(request, access, conversation)


def _checklist(
    request: HttpRequest, access: Access, conversation: Conversation, *, problem: str = ""
) -> HttpResponse:
    context = {
        "access": access,
        "conversation": conversation,
        "checklist": checklist_of(conversation),
        "problem": problem,
    }
    return render(request, "feedback_mining/_checklist.html", context, status=422 if problem else 200)
