"""Tasks that too many people passed on: put aside, shown to researchers, and put back by them."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from annotation.models import Task
from curation.models import User
from curation.services.work.audit import record_event


def count_skip(*, task: Task) -> bool:
    """Count that one more person passed a task on; True where it is retired by that."""
    Task.objects.filter(pk=task.pk).update(skips=F("skips") + 1)
    limit = task.queue.retire_after
    if not limit:
        return False
    passed_on = Task.objects.filter(pk=task.pk, skips__gte=limit, retired_at__isnull=True)
    return bool(passed_on.update(retired_at=timezone.now()))


@transaction.atomic
def put_task_back(*, task: Task, actor: User) -> None:
    """Ask a retired task again, of those who have not passed it on; its skips are counted anew."""
    Task.objects.filter(pk=task.pk).update(retired_at=None, skips=0)
    record_event(action="task.put_back", project=task.project, actor=actor, target=task)
