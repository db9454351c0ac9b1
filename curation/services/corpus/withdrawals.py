"""Withdrawals: the texts of a conversation, or of all conversations of a user, are erased for good."""

from dataclasses import dataclass
from functools import partial

from django.db import connection, transaction
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import Conversation, DatasetVersion, ImportBatch, ModelVersion, Project, SourceUser, User
from curation.queries.corpus.withdrawals import source_user_named, versions_holding
from curation.services.enrichers.enrichment import ask_to_regroup
from curation.services.enrichers.topics import forget_words, topics_of
from curation.services.exporters.exports import delete_exports_of
from curation.services.importers.attachments import erase_attachments_of
from curation.services.importers.imports import delete_kept_files
from curation.services.work.audit import record_event
from curation.services.work.turns import take_turns_with_withdrawals


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """What a withdrawal reached: how many conversations, and which versions and models it marked."""

    conversations: int
    versions: tuple[str, ...]
    models: tuple[str, ...]
    files: int


@transaction.atomic
def withdraw_conversation(*, conversation: Conversation, actor: User | None) -> Withdrawal:
    """Erase a conversation's text everywhere in this installation; tombstone and hash stay.

    Versions and models that used it are marked as withdrawn in part. The files exported from those versions are
    deleted, and so is the upload it came from where that is still kept.
    """
    reached = _withdraw(conversation.project, [conversation])
    details = {"versions": len(reached.versions), "exported_files_deleted": reached.files}
    record_event(
        action="conversation.withdrawn",
        project=conversation.project,
        actor=actor,
        target=conversation,
        details=details,
    )
    return reached


@transaction.atomic
def withdraw_user(*, project: Project, pseudonym: str, actor: User | None = None) -> Withdrawal:
    """Erase the text of every conversation of a user, whom the pseudonym or its beginning names.

    Raises HarkenError where no user, or more than one, is meant.
    """
    user = source_user_named(project, pseudonym)
    if user is None:
        raise HarkenError(
            _("No user of this project is called so. Copy the whole pseudonym from a conversation's page.")
        )
    reached = _withdraw(project, list(_standing_of(user)))
    details = {"conversations": reached.conversations, "versions": list(reached.versions)}
    record_event(
        action="user.withdrawn",
        project=project,
        actor=actor,
        target=user,
        details={**details, "models": list(reached.models), "exported_files_deleted": reached.files},
    )
    return reached


def _standing_of(user: SourceUser) -> list[Conversation]:
    rows = Conversation.objects.for_project(user.project).filter(source_user=user, withdrawn_at__isnull=True)
    return list(rows.only("id", "project_id", "batch_id").order_by("id"))


def _withdraw(project: Project, conversations: list[Conversation]) -> Withdrawal:
    take_turns_with_withdrawals(project)
    held = versions_holding(project, conversations=[conversation.pk for conversation in conversations])
    topics = topics_of(conversations=[conversation.pk for conversation in conversations])
    with connection.cursor() as cursor:
        for conversation in conversations:
            cursor.execute("SELECT harken_withdraw_conversation(%s, %s)", [project.pk, conversation.pk])
    forget_words(project=project, topics=topics)
    ask_to_regroup(project=project)
    files = delete_exports_of(version_ids=held)
    for conversation in conversations:
        erase_attachments_of(conversation=conversation)
    for batch in ImportBatch.objects.filter(pk__in={conversation.batch_id for conversation in conversations}):
        transaction.on_commit(partial(delete_kept_files, batch))
    versions = DatasetVersion.objects.filter(pk__in=held).select_related("dataset").order_by("id")
    models = ModelVersion.objects.filter(trained_on__in=held).order_by("name")
    return Withdrawal(
        conversations=len(conversations),
        versions=tuple(map(str, versions)),
        models=tuple(map(str, models)),
        files=files,
    )
