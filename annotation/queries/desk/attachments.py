"""The files of a task: those of the messages that its judge reads, and of no other."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from annotation.models import Lease, Task
from annotation.queries.desk.texts import asked_answers
from curation.models import Attachment, MessageAttachment


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """A file of a task, in the form that a page shows of a message's part."""

    kept: Attachment
    part: dict[str, str]


def files_of_task(lease: Lease) -> list[ShownFile]:
    """Return the files of the question and of the turns before it; none where the queue masks personal data.

    A picture cannot be masked as words can.
    """
    if lease.task.queue.masks_pii or not any(each.may_have_files for each in asked_answers(lease.task)):
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
