"""Names of curation's tasks, and the bell: queueing after commit without importing a task."""

from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction

RUN_IMPORT = "curation.run_import"
RUN_UNDO = "curation.run_undo"
RUN_FREEZE = "curation.run_freeze"
RUN_PREVIEW = "curation.run_preview"
RUN_EXPORT = "curation.run_export"
RUN_ENRICHMENT = "curation.run_enrichment"
RUN_TOPICS = "curation.run_topics"
RUN_WORD_INDEX = "curation.run_word_index"
RUN_GENERATION = "curation.run_generation"
RUN_JUDGING = "curation.run_judging"
RUN_SCORING = "curation.run_scoring"
# The weights lie where training runs, so that worker answers; what it does is in training_jobs.
RUN_LOCAL_GENERATION = "curation.run_local_generation"
BEAT = "curation.beat"
DEFAULT_QUEUE = "default"
TRAINING_QUEUE = "training"
# What may take hours and nobody waits for: it has a worker of its own, so that imports never wait for it.
BACKGROUND_QUEUE = "background"
WORKER_QUEUES = (DEFAULT_QUEUE, TRAINING_QUEUE, BACKGROUND_QUEUE)
QUEUES = {
    RUN_LOCAL_GENERATION: TRAINING_QUEUE,
    RUN_ENRICHMENT: BACKGROUND_QUEUE,
    RUN_TOPICS: BACKGROUND_QUEUE,
}


def queue_of(task_name: str) -> str:
    """Return the queue whose workers know a task."""
    return QUEUES.get(task_name, DEFAULT_QUEUE)


def ring_on_commit(task_name: str, *, queue: str = DEFAULT_QUEUE, **arguments: Any) -> None:
    """Ring for a row once it is committed; a bell that cannot ring is logged, and the sweep rings again."""
    send = partial(current_app.send_task, task_name, kwargs=arguments, queue=queue)
    transaction.on_commit(send, robust=True)
