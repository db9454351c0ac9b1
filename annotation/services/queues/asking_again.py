"""Tasks asked once more: one more slot in their own queue, or a new queue of them."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from annotation.domain.protocol import Reads
from annotation.models import Guideline, Queue, Task, TaskResponse
from annotation.protocols import load_protocol
from curation.domain.errors import HarkenError
from curation.models import User
from curation.services.work.audit import record_event

# The source of a queue that holds what another one asked: nothing more comes into it.
AGAIN = "again:"
COPIED = (
    *("protocol", "settings", "language", "keeps_together", "has_threads", "lease_seconds", "sending"),
    *("requires_pii_screening", "masks_pii", "key_attribute"),
)


@transaction.atomic
def ask_again(*, queue: Queue, tasks: Sequence[UUID], actor: User) -> int:
    """Ask each of these tasks of one person more, at once; returns how many.

    One that has a free slot already, or has a known answer, stays as it is.
    """
    asked = Task.objects.askable().filter(queue=queue, uuid__in=tasks, open_slots=0, is_gold=False)
    found = list(
        asked.select_for_update(of=("self",), no_key=True).order_by("id").values_list("pk", flat=True)
    )
    Task.objects.filter(pk__in=found).update(
        wanted=F("wanted") + 1, open_slots=F("open_slots") + 1, retired_at=None, skips=0
    )
    details = {"tasks": len(found)}
    record_event(
        action="queue.asked_again", project=queue.project, actor=actor, target=queue, details=details
    )
    return len(found)


@transaction.atomic
def queue_of_tasks(*, queue: Queue, tasks: Sequence[UUID], actor: User) -> Queue:
    """Open a new queue that asks the same of these tasks, whoever answered them before; the first comes first.

    Raises HarkenError where a queue of its name is open, where none of the tasks stands, and for questions about
    user messages, whose reviews count the newest of a person only.
    """
    if load_protocol(queue.protocol).reads is Reads.MESSAGE:
        raise HarkenError(
            _("Messages are reviewed once by each person. Ask one more person in their own queue.")
        )
    place = {uuid: at for at, uuid in enumerate(tasks)}
    standing = Task.objects.askable().filter(queue=queue, uuid__in=tasks, is_gold=False)
    found = sorted(standing, key=lambda task: place[task.uuid])
    if not found:
        raise HarkenError(_("None of these tasks stands any more. Compute the figures again."))
    made = _copy_of(queue, actor=actor)
    copies = Task.objects.bulk_create(
        Task(
            project_id=task.project_id,
            queue=made,
            conversation_id=task.conversation_id,
            pair_id=task.pair_id,
            subject=task.subject,
            priority=len(found) - at,
            wanted=1,
            open_slots=1,
        )
        for at, task in enumerate(found)
    )
    _copy_answers(found, copies)
    record_event(action="queue.created", project=made.project, actor=actor, target=made)
    return made


def _copy_of(queue: Queue, *, actor: User) -> Queue:
    name = _("%(name)s, again") % {"name": queue.name[:100]}
    if Queue.objects.for_project(queue.project).filter(name=name).exists():
        raise HarkenError(
            _("A queue named %(name)s is there already. Work through it first, or ask one more person.")
            % {"name": name}
        )
    made = Queue.objects.create(
        project=queue.project,
        name=name,
        source={"pairs": f"{AGAIN}{queue.uuid}"},
        created_by=actor,
        **{column: getattr(queue, column) for column in COPIED},
    )
    if queue.guideline is not None:
        made.guideline = Guideline.objects.create(
            project_id=made.project_id, queue=made, version=1, body=queue.guideline.body
        )
        made.save(update_fields=["guideline"])
    return made


def _copy_answers(tasks: Sequence[Task], copies: Sequence[Task]) -> None:
    copy_of = {task.pk: copy for task, copy in zip(tasks, copies, strict=True)}
    TaskResponse.objects.bulk_create(
        TaskResponse(
            project_id=row.project_id,
            task=copy_of[row.task_id],
            response_id=row.response_id,
            prompt_id=row.prompt_id,
            position=row.position,
        )
        for row in TaskResponse.objects.filter(task__in=tasks)
    )
