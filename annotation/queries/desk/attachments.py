"""The files of a task: those of the messages that its judge reads, and of no other."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from annotation.models import Lease, Task
from curation.models import Attachment, MessageAttachment
from curation.models.kept_queries import kept_query


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """A file of a task, in the form that a page shows of a message's part."""

    kept: Attachment
    part: dict[str, str]


def files_of_task(lease: Lease) -> list[ShownFile]:
    """Return the files of the question and of the turns before it; none where the queue masks personal data.

    A picture cannot be masked as words can.
    """
    if lease.task.queue.masks_pii or not _has_files(lease.project_id):
        return []
    carried = _carried(lease).select_related("attachment").order_by("message__position", "id")
    found = {row.attachment_id: row.attachment for row in carried}
    return [ShownFile(kept=kept, part={"media_type": kept.media_type}) for kept in found.values()]


def file_of_task(lease: Lease, *, uuid: UUID) -> Attachment | None:
    """Return a file of the task in somebody's hands; None where it may not be shown, or the task has no such file."""
    is_showable = Task.objects.showable().filter(pk=lease.task_id).exists()
    if lease.ended_at is not None or lease.task.queue.masks_pii or not is_showable:
        return None
    row = _carried(lease).filter(attachment__uuid=uuid).select_related("attachment").first()
    return row.attachment if row else None


def _has_files(project_id: int) -> bool:
    """Return whether the project has any file at all: most have none, and need not look for a task's."""
    return bool(_any_file(project=project_id))


@kept_query
def _any_file(project: int) -> QuerySet[MessageAttachment, int]:
    files = MessageAttachment.objects.filter(project=project)
    # In the order of an index: a project without files would else be told by reading those of all others.
    return files.order_by("project", "id").values_list("pk", flat=True)[:1]


def _carried(lease: Lease) -> QuerySet[MessageAttachment]:
    """Return what the messages up to the question, and the logged answers, carry."""
    questions = lease.task.asked.values(question=Coalesce("prompt", "response__prompt"))
    asked = Q(
        message__conversation__prompts__in=questions,
        message__position__lte=F("message__conversation__prompts__last_message__position"),
    )
    answered = Q(message__response__in=lease.task.asked.values("response"))
    rows = MessageAttachment.objects.for_project(lease.project).exclude(attachment__file="")
    return rows.filter(asked | answered).distinct()
