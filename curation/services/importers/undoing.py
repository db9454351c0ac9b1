"""Undo an import: delete what it brought, except what something else here depends on."""

from collections import Counter
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.deletion import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.dispatch import RUN_UNDO
from curation.domain.errors import HarkenError
from curation.models import Conversation, ImportBatch, Job, QuarantinedRecord, SourceUser, Topic, User
from curation.queries.importers.undoing import Keeper, chunks_of_conversations, kept_conversations
from curation.services.enrichers.enrichment import ask_to_regroup
from curation.services.enrichers.topics import forget_words
from curation.services.importers.attachments import erase_unused_attachments
from curation.services.importers.imports import delete_kept_files
from curation.services.work.audit import record_event
from curation.services.work.jobs import JobProgress, Listener, open_job, ring_job, run_job
from curation.services.work.turns import take_turns_with_imports, take_turns_with_withdrawals
from curation.services.writing.stored_replies import erase_replies_about

# Conversations deleted in one transaction: Django follows every relation of theirs in memory.
UNDO_CHUNK = 200


@transaction.atomic
def undo_import(*, batch: ImportBatch, actor: User | None) -> Job:
    """Make the job that undoes an import, and ring a worker for it; raises as `open_undo` does."""
    job = open_undo(batch=batch, actor=actor)
    ring_job(job=job)
    return job


@transaction.atomic
def open_undo(*, batch: ImportBatch, actor: User | None) -> Job:
    """Make the job that undoes an import; raises HarkenError for one that runs, waits, or was undone."""
    locked = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    # The job's row too, so that nobody lets the import go on in this moment.
    locked.job = Job.objects.select_for_update().filter(import_batch=locked).first()
    if not locked.may_be_undone:
        raise HarkenError(_("Only an import that has ended can be undone, and only once. Cancel it first."))
    job = open_job(
        project=locked.project,
        kind="undo",
        task_name=RUN_UNDO,
        actor=actor,
        arguments={"batch": str(locked.uuid)},
        unit="conversations",
    )
    locked.undo_asked_at = timezone.now()
    locked.save(update_fields=["undo_asked_at"])
    record_event(action="import.undo_asked", project=locked.project, actor=actor, target=locked)
    return job


def run_undo(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of an undo's job; one that is cancelled or lost goes on with what is left."""

    def work(progress: JobProgress) -> dict[str, Any]:
        batch = ImportBatch.objects.select_related("project", "job").get(
            uuid=progress.job.arguments["batch"], project=progress.job.project
        )
        return _undo(batch, progress)

    return run_job(job_id=job_id, work=work, listener=listener)


def _undo(batch: ImportBatch, progress: JobProgress) -> dict[str, Any]:
    total = Conversation.objects.filter(batch=batch).count()
    done, deleted, kept = 0, 0, Counter[str]()
    for ids in chunks_of_conversations(batch, size=UNDO_CHUNK):
        with transaction.atomic():
            progress.report(done, total=total, now=True)
            staying = _delete_chunk(batch, ids)
        done += len(ids)
        deleted += len(ids) - len(staying)
        kept.update(staying.values())
    progress.report(total, total=total, now=True)
    _close(batch, left=sum(kept.values()))
    return {"deleted": deleted, "kept": sum(kept.values()), "reasons": dict(kept), "batch": str(batch.uuid)}


def _delete_chunk(batch: ImportBatch, ids: list[int]) -> dict[int, Keeper]:
    """Delete those of these conversations that nothing depends on, and return the others with the reason."""
    take_turns_with_imports(project_id=batch.project_id)
    take_turns_with_withdrawals(batch.project)
    kept = kept_conversations(batch, ids)
    free = [number for number in ids if number not in kept]
    try:
        with transaction.atomic():
            Conversation.objects.filter(pk__in=free).delete()
    except ProtectedError:
        # A table that is not known here holds on to one of them, so they are tried one by one.
        kept |= {number: Keeper.FROZEN for number in free if not _is_deleted(number)}
    erase_replies_about(project=batch.project, conversations=[each for each in ids if each not in kept])
    return kept


def _is_deleted(number: int) -> bool:
    try:
        with transaction.atomic():
            Conversation.objects.filter(pk=number).delete()
    except ProtectedError:
        return False
    return True


@transaction.atomic
def _close(batch: ImportBatch, *, left: int) -> None:
    """Forget what was refused, users and files of which nothing is left, and the upload; note that it was undone."""
    take_turns_with_imports(project_id=batch.project_id)
    QuarantinedRecord.objects.filter(batch=batch).delete()
    erase_unused_attachments(project=batch.project)
    ask_to_regroup(project=batch.project)
    topics = Topic.objects.for_project(batch.project).values_list("id", flat=True)
    forget_words(project=batch.project, topics=set(topics))
    theirs = Conversation.objects.filter(source_user=OuterRef("pk"))
    SourceUser.objects.for_project(batch.project).filter(~Exists(theirs)).delete()
    ImportBatch.objects.filter(pk=batch.pk).update(undone_at=timezone.now(), conversation_count=left)
    transaction.on_commit(lambda: delete_kept_files(batch))
