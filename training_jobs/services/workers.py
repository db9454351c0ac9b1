"""Training workers, as they report themselves."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version

import structlog
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from curation.services.work.health import beat, worker_name
from training_jobs.dispatch import TRAINING_QUEUE, ring_for_runs
from training_jobs.models import Worker
from training_jobs.queries.workers import FOREGROUND
from training_jobs.services.runs import sweep_runs

FORGET_AFTER = timedelta(days=1)
REPORT_EVERY = timedelta(seconds=15)
log = structlog.get_logger()
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


def begin_work(*, name: str) -> None:
    """Register a worker that has just started, take back what dead ones left, and ring for whatever waits."""
    with _connection_of_its_own():
        register_worker(name=name)
        sweep_runs()
        ring_for_runs()


def drain_worker(*, name: str) -> None:
    """Note that a worker is being stopped, so that what it supervises is saved and left to the next."""
    with _connection_of_its_own():
        Worker.objects.filter(name=name).update(is_draining=True)


@contextmanager
def _connection_of_its_own() -> Iterator[None]:
    """Close the connection afterwards: the worker's parent forks, and a child must not inherit it."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        log.warning("worker_not_noted", error=type(error).__name__)
    finally:
        connection.close()


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
