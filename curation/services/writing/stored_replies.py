"""Replies of models that equal requests take: kept beside what they cost, and erased with what they are about."""

from collections.abc import Collection
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from curation.models import Conversation, ModelCall, ModelEndpoint, Project
from curation.services.work.turns import take_turns_with_withdrawals
from language_models.chat.contract import ChatReply

KNOWN = {field.name for field in fields(ChatReply)} - {"is_cached"}
log = structlog.get_logger()


class StoredReplies:
    """The replies of one endpoint, by the hash of their requests."""

    def __init__(self, endpoint: ModelEndpoint) -> None:
        self._endpoint = endpoint

    def find(self, request_hash: str, *, sources: tuple[int, ...]) -> ChatReply | None:
        """Return the stored reply, marked as cached; from now on it goes with these conversations too."""
        call = self._calls(request_hash).filter(reply__isnull=False).first()
        if call is None or call.reply is None:
            return None
        if not set(sources) <= set(call.conversation_ids):
            self.store(request_hash, reply=_reply_of(call.reply), sources=sources)
        return _reply_of(call.reply)

    @transaction.atomic
    def store(self, request_hash: str, *, reply: ChatReply, sources: tuple[int, ...]) -> None:
        """Keep a reply of a request that was recorded, unless a conversation it is about was withdrawn meanwhile."""
        project = self._endpoint.project
        take_turns_with_withdrawals(project)
        call = self._calls(request_hash).first()
        if call is None or not _are_standing(project, sources):
            return
        call.reply = {name: value for name, value in asdict(reply).items() if name in KNOWN}
        call.conversation_ids = sorted({*call.conversation_ids, *sources})
        call.save(update_fields=["reply", "conversation_ids"])

    def forget(self, request_hash: str) -> None:
        """Erase the reply to a request; what it cost stays."""
        self._calls(request_hash).update(reply=None, conversation_ids=[])

    def _calls(self, request_hash: str) -> Any:
        return ModelCall.objects.filter(endpoint=self._endpoint, request_hash=request_hash)


def replies_about(*, endpoint: ModelEndpoint, conversation: int, purpose: str) -> dict[str, ChatReply]:
    """Return what an endpoint's model replied to requests about a conversation, by the hash of each; one query."""
    calls = ModelCall.objects.filter(
        endpoint=endpoint, purpose=purpose, conversation_ids__contains=[conversation], reply__isnull=False
    )
    return {name: _reply_of(reply) for name, reply in calls.values_list("request_hash", "reply") if reply}


def _reply_of(stored: dict[str, Any]) -> ChatReply:
    said = {name: value for name, value in stored.items() if name in KNOWN}
    return ChatReply(**said, is_cached=True)


def _are_standing(project: Project, conversations: Collection[int]) -> bool:
    """Tell whether none of these conversations was withdrawn or deleted."""
    standing = Conversation.objects.for_project(project).filter(
        pk__in=conversations, withdrawn_at__isnull=True
    )
    return standing.count() == len(set(conversations))


def erase_replies_about(*, project: Project, conversations: Collection[int]) -> None:
    """Erase what models replied about conversations that are deleted; a withdrawal does it in the database."""
    about = ModelCall.objects.for_project(project).filter(conversation_ids__overlap=list(conversations))
    about.update(reply=None, conversation_ids=[])


def erase_old_replies(*, now: datetime | None = None) -> int:
    """Erase the replies that are older than their project keeps what was asked of models; returns how many."""
    moment, count = now or timezone.now(), 0
    for project in Project.objects.filter(model_call_retention_days__isnull=False):
        before = moment - timedelta(days=project.model_call_retention_days or 0)
        old = ModelCall.objects.for_project(project).filter(answered_at__lt=before, reply__isnull=False)
        count += old.update(reply=None, conversation_ids=[])
    if count:
        log.info("old_replies_erased", replies=count)
    return count
