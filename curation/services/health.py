"""Heartbeats of the installation's processes."""

from datetime import timedelta

from django.utils import timezone

from curation.dispatch import BEAT, WORKER_QUEUES, ring_on_commit
from curation.models import Heartbeat

ASK_AGAIN_AFTER = timedelta(minutes=5)


def beat(*, name: str, detail: str = "") -> None:
    """Note that a process is alive."""
    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": timezone.now(), "detail": detail[:200]})


def ask_workers_to_beat() -> None:
    """Send each queue a small task whose worker answers with a heartbeat.

    While a question waits unanswered no other is sent for five minutes, so a missing worker gathers no heap of them.
    """
    for queue in WORKER_QUEUES:
        if _may_ask(queue):
            beat(name=f"asked:{queue}")
            ring_on_commit(BEAT, queue=queue, answering=queue)


def _may_ask(queue: str) -> bool:
    seen = dict(Heartbeat.objects.filter(name__in=[f"asked:{queue}", worker_name(queue)]).values_list("name", "seen_at"))
    asked_at, answered_at = seen.get(f"asked:{queue}"), seen.get(worker_name(queue))
    if asked_at is None or (answered_at is not None and answered_at >= asked_at):
        return True
    return timezone.now() - asked_at >= ASK_AGAIN_AFTER


def worker_name(queue: str) -> str:
    """Return the name under which the worker of a queue beats."""
    return f"worker:{queue}"
