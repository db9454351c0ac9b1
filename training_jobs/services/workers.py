"""Training workers, as they report themselves."""

import os
import socket
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version

from django.utils import timezone

from curation.services.health import beat, worker_name
from training_jobs.dispatch import TRAINING_QUEUE
from training_jobs.models import Worker
from training_jobs.queries.workers import FOREGROUND

FORGET_AFTER = timedelta(days=1)
REPORT_EVERY = timedelta(seconds=15)
PACKAGES = ("torch", "transformers", "peft", "accelerate")


def register_worker(*, name: str) -> None:
    """Note that a worker has started, and forget those that were not seen for a day."""
    now = timezone.now()
    Worker.objects.filter(heartbeat_at__lt=now - FORGET_AFTER).delete()
    about = {
        "host": socket.gethostname(),
        "devices": [{"kind": "cpu", "count": os.cpu_count()}],
        "versions": _versions(),
        "heartbeat_at": now,
        "is_draining": False,
    }
    Worker.objects.update_or_create(name=name, defaults=about)


def report_worker(*, name: str) -> bool:
    """Note, at most every few seconds, that a worker is alive; returns whether it is being stopped."""
    worker = Worker.objects.filter(name=name).first()
    if worker is None:
        register_worker(name=name)
        return False
    if timezone.now() - worker.heartbeat_at >= REPORT_EVERY:
        Worker.objects.filter(name=name).update(heartbeat_at=timezone.now())
        # A worker that trains cannot answer the installation's question of whether it is there.
        if not name.startswith(FOREGROUND):
            beat(name=worker_name(TRAINING_QUEUE), detail=name)
    return worker.is_draining


def drain_worker(*, name: str) -> None:
    """Note that a worker is being stopped, so that what it supervises is saved and left to the next."""
    Worker.objects.filter(name=name).update(is_draining=True)


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # noqa: PERF203 - four names; a missing one must not hide the others
            continue
    return found
