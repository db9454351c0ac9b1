"""Curation's tasks: each loads by id and calls one service."""

from typing import Any

from celery import shared_task

from curation import dispatch
from curation.services import health


@shared_task(name=dispatch.BEAT)
def beat(*, answering: str, **later: Any) -> None:
    """Answer the sweep's question whether anybody works on this queue."""
    health.beat(name=health.worker_name(answering))
