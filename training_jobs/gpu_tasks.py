"""The training worker's task: loaded by a worker that asks for it (`-I training_jobs.gpu_tasks`) and by nobody else."""

from typing import Any

from celery import Task, shared_task

from training_jobs.dispatch import WORK
from training_jobs.services.supervision import work_through_runs


@shared_task(name=WORK, bind=True)
def work(self: "Task[..., None]", **_later: Any) -> None:
    """Supervise whatever run waits, until none does."""
    work_through_runs(worker_name=self.request.hostname or "training")
