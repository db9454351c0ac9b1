"""What becomes of a conversation: archived and restored, or withdrawn for good."""

from django.db import connection, transaction
from django.utils import timezone

from curation.models import Conversation, DatasetRow, ImportBatch, User
from curation.services.attachments import erase_attachments_of
from curation.services.audit import record_event
from curation.services.exports import delete_exports_of
from curation.services.imports import delete_kept_files
from curation.services.turns import take_turns_with_withdrawals


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


@transaction.atomic
def withdraw_conversation(*, conversation: Conversation, actor: User) -> None:
    """Erase a conversation's text everywhere in this installation; tombstone and hash stay.

    Versions and models that used it are marked as withdrawn in part. The files exported from those versions are
    deleted, and so is the upload it came from where that is still kept.
    """
    take_turns_with_withdrawals(conversation.project)
    rows = DatasetRow.objects.for_project(conversation.project).filter(prompt__conversation=conversation)
    versions = sorted(set(rows.values_list("version_id", flat=True)))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT harken_withdraw_conversation(%s, %s)", [conversation.project_id, conversation.pk]
        )
    files = delete_exports_of(version_ids=versions)
    erase_attachments_of(conversation=conversation)
    batch = ImportBatch.objects.get(pk=conversation.batch_id)
    transaction.on_commit(lambda: delete_kept_files(batch))
    record_event(
        action="conversation.withdrawn",
        project=conversation.project,
        actor=actor,
        target=conversation,
        details={"versions": len(versions), "exported_files_deleted": files},
    )
