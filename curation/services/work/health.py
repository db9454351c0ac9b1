"""Heartbeats of the installation's processes."""

from datetime import datetime, timedelta

from django.utils import timezone

from curation.dispatch import BEAT, WORKER_QUEUES, ring_on_commit
from curation.models import Heartbeat

ASK_EVERY = timedelta(seconds=15)
ASK_AGAIN_AFTER = timedelta(minutes=5)


def beat(*, name: str, detail: str = "") -> None:
    """Note that a process is alive."""
    Heartbeat.objects.update_or_create(
        name=name, defaults={"seen_at": timezone.now(), "detail": detail[:200]}
    )


def ask_workers_to_beat(*, now: datetime | None = None) -> None:
    """Send each queue a small task whose worker answers with a heartbeat.

    An unanswered question is repeated after five minutes at the soonest: a missing worker gathers no heap.
    """
    moment = now or timezone.now()
    for queue in WORKER_QUEUES:
        if _may_ask(queue, moment):
            beat(name=f"asked:{queue}")
            ring_on_commit(BEAT, queue=queue, answering=queue)


def _may_ask(queue: str, now: datetime) -> bool:
    names = [f"asked:{queue}", worker_name(queue)]
    seen = dict(Heartbeat.objects.filter(name__in=names).values_list("name", "seen_at"))
    asked_at, answered_at = (seen.get(name) for name in names)
    if asked_at is None:
        return True
    is_answered = answered_at is not None and answered_at >= asked_at
    return now - asked_at >= (ASK_EVERY if is_answered else ASK_AGAIN_AFTER)


def worker_name(queue: str) -> str:
    """Return the name under which the worker of a queue beats."""
    return f"worker:{queue}"
