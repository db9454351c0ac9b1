"""The training worker's task: loaded by a worker that asks for it (`-I training_jobs.gpu_tasks`) and by nobody else."""

from typing import Any

from celery import Task, shared_task
from celery.signals import worker_ready, worker_shutting_down

from training_jobs.dispatch import ANSWER, WORK
from training_jobs.services.generation import run_local_generation
from training_jobs.services.supervision import work_through_runs
from training_jobs.services.workers import begin_work, drain_worker


@shared_task(name=WORK, bind=True)
def work(self: "Task[..., None]", **_later: Any) -> None:
    """Supervise whatever run waits, until none does."""
    work_through_runs(worker_name=self.request.hostname or "training")


@shared_task(name=ANSWER)
def answer(*, job_id: int, **_later: Any) -> None:
    """Have a model whose weights lie here answer a response set."""
    run_local_generation(job_id=job_id)


@worker_ready.connect
def begin(sender: Any, **_later: Any) -> None:
    """Take up at once what a worker before this one left behind."""
    begin_work(name=sender.hostname)


@worker_shutting_down.connect
def drain(sender: str, **_later: Any) -> None:
    """Let the child that supervises a run know, whichever way this worker was told to stop."""
    drain_worker(name=sender)
