"""Names of training's tasks, and the bell that wakes a training worker."""

from functools import partial

from celery import current_app
from django.db import transaction

WORK = "training_jobs.work"
# Curation opens the job under this name, and knows nothing of who does it.
ANSWER = "curation.run_local_generation"
TRAINING_QUEUE = "training"


def ring_for_runs() -> None:
    """Wake a training worker once the transaction is committed; a bell that cannot ring leaves it to the sweep."""
    transaction.on_commit(partial(current_app.send_task, WORK, queue=TRAINING_QUEUE), robust=True)
