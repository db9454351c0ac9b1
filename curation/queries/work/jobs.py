"""Reads about long work: one job, the newest of a project, and whether somebody is there to do it."""

from typing import Any
from uuid import UUID

from django.utils import timezone

from curation.dispatch import queue_of
from curation.models import Heartbeat, Job, Project
from curation.queries.work.health import STALE_AFTER

JOB_LIST = 50


def job_of(project: Project, uuid: UUID) -> Job | None:
    """Return a job of the project."""
    return Job.objects.for_project(project).filter(uuid=uuid).select_related("project", "created_by").first()


def newest_jobs(project: Project) -> list[Job]:
    """Return the newest jobs of the project."""
    return list(Job.objects.for_project(project).select_related("created_by").order_by("-id")[:JOB_LIST])


def unfinished_job(project: Project, *, kind: str, arguments: dict[str, Any]) -> Job | None:
    """Return the newest job of just this work that waits or runs, and that nobody asked to stop."""
    jobs = Job.objects.for_project(project).filter(
        kind=kind,
        arguments=arguments,
        state__in=[Job.State.QUEUED, Job.State.RUNNING],
        cancel_requested_at__isnull=True,
    )
    return jobs.order_by("-id").first()


def is_worker_missing(job: Job) -> bool:
    """Return whether a job waits while no worker of its queue answers: then it would wait for ever."""
    if job.state != Job.State.QUEUED:
        return False
    queue, now = queue_of(job.task_name), timezone.now()
    fresh = Heartbeat.objects.filter(name=f"worker:{queue}", seen_at__gte=now - STALE_AFTER)
    running = Job.objects.filter(state=Job.State.RUNNING, lease_expires_at__gt=now)
    at_work = {queue_of(task) for task in running.values_list("task_name", flat=True)}
    return not fresh.exists() and queue not in at_work
