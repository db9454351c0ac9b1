"""What becomes of a conversation: archived and restored."""

from django.db import transaction
from django.utils import timezone

from curation.models import Conversation, User
from curation.services.work.audit import record_event


@transaction.atomic
def archive_conversation(*, conversation: Conversation, actor: User) -> None:
    """Take a conversation out of lists and of future dataset versions; it can be restored."""
    conversation.archived_at = timezone.now()
    conversation.save(update_fields=["archived_at"])
    record_event(
        action="conversation.archived", project=conversation.project, actor=actor, target=conversation
    )


@transaction.atomic
def restore_conversation(*, conversation: Conversation, actor: User) -> None:
    """Put an archived conversation back where it was."""
    conversation.archived_at = None
    conversation.save(update_fields=["archived_at"])
    record_event(
        action="conversation.restored", project=conversation.project, actor=actor, target=conversation
    )
