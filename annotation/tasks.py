"""Entry points of the worker: load by id, call exactly one service."""

from typing import Any

from celery import shared_task

from annotation.dispatch import RUN_ASSERTIONS
from annotation.services.criteria.assertions import run_assertions as run


@shared_task(name=RUN_ASSERTIONS)
def run_assertions(*, job_id: int, **_later: Any) -> None:
    """Carry out a run of a set's assertions."""
    run(job_id=job_id)
