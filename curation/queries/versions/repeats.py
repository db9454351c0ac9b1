"""Conversations that repeat each other: a source gave one again, longer."""

from curation.models import Conversation

# An admin reads the list; a source that gave a conversation more often than this is withdrawn by its user.
REPEATS_SHOWN = 50


def repeats_of(conversation: Conversation) -> list[Conversation]:
    """Return the standing conversations of the same source id and user, which may hold the same turns, newest first."""
    if not conversation.source_id:
        return []
    same = Conversation.objects.for_project(conversation.project).filter(
        source_id=conversation.source_id, source_user=conversation.source_user, withdrawn_at__isnull=True
    )
    return list(same.exclude(pk=conversation.pk).order_by("-id")[:REPEATS_SHOWN])
