"""Names of curation's tasks, and the bell: queueing after commit without importing a task."""

from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction

RUN_IMPORT = "curation.run_import"
RUN_FREEZE = "curation.run_freeze"
RUN_EXPORT = "curation.run_export"
BEAT = "curation.beat"
DEFAULT_QUEUE = "default"
WORKER_QUEUES = (DEFAULT_QUEUE, "training")


def ring_on_commit(task_name: str, *, queue: str = DEFAULT_QUEUE, **arguments: Any) -> None:
    """Ring for a row once it is committed; a bell that cannot ring is logged, and the sweep rings again."""
    send = partial(current_app.send_task, task_name, kwargs=arguments, queue=queue)
    transaction.on_commit(send, robust=True)
