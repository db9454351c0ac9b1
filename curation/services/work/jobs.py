"""Long work: a row with a state table and a lease, rung for by the queue and by the sweep."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

import structlog
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.dispatch import queue_of, ring_on_commit
from curation.domain.errors import HarkenError, JobCancelledError, JobLostError
from curation.domain.work.job_states import JobState, check_job_transition
from curation.models import Job, Project, User
from curation.services.work.audit import record_event

LEASE = timedelta(seconds=60)
RENEW_EVERY_SECONDS = 15.0
RING_AGAIN_AFTER = timedelta(seconds=60)
# Work that ends its worker each time, for want of memory say, must not be tried for ever.
CLAIMS_ALLOWED = 5
REPORT_EVERY_SECONDS = 0.5

Listener = Callable[[int, int | None], None]
log = structlog.get_logger()


class JobProgress:
    """What running work talks to: it reports, renews the lease and learns of a cancellation."""

    def __init__(self, job: Job, *, listener: Listener | None = None) -> None:
        self.job = job
        self.has_kept = False
        self._listener = listener
        self._reported_at = 0.0

    def report(self, done: int, *, total: int | None = None, now: bool = False) -> None:
        """Note how far the work is, at most twice a second; raise when it was cancelled or taken over."""
        if self._listener:
            self._listener(done, total)
        if now or time.monotonic() - self._reported_at >= REPORT_EVERY_SECONDS:
            self._reported_at = time.monotonic()
            self._write(done, total)

    def keep(self, result: dict[str, Any]) -> None:
        """Note the result in the transaction that makes it, so that a job done again finds it done."""
        self._update(result=result)
        self.job.result = result
        self.has_kept = True

    def _write(self, done: int, total: int | None) -> None:
        changes: dict[str, Any] = {"done_count": done, "lease_expires_at": timezone.now() + LEASE}
        if total is not None:
            changes["total_count"] = total
        held = self._update(**changes)
        if held.filter(cancel_requested_at__isnull=False).exists():
            raise JobCancelledError(_cancelled())

    def _update(self, **changes: Any) -> QuerySet[Job]:
        """Change the job's row while it is this worker's; the row stays locked to the transaction's end."""
        held = Job.objects.filter(pk=self.job.pk, fence=self.job.fence, state=JobState.RUNNING)
        if not held.update(**changes):
            raise JobLostError(_("Another worker took over this job, so this one stopped."))
        return held


@transaction.atomic
def open_job(
    *,
    project: Project,
    kind: str,
    task_name: str,
    actor: User | None = None,
    arguments: dict[str, Any] | None = None,
    unit: str = "",
) -> Job:
    """Make the row of a piece of long work. `ring_job` wakes a worker for it."""
    return Job.objects.create(
        project=project,
        kind=kind,
        task_name=task_name,
        arguments=arguments or {},
        created_by=actor,
        unit=unit,
    )


def ring_job(*, job: Job) -> None:
    """Wake a worker for this job once the transaction is committed."""
    ring_on_commit(job.task_name, queue=queue_of(job.task_name), job_id=job.pk)


@transaction.atomic
def claim_job(*, job_id: int, now: datetime | None = None) -> Job | None:
    """Take a queued job, or None where it is gone, held or finished: a doubled bell does no harm."""
    job = Job.objects.select_for_update(skip_locked=True).filter(pk=job_id, state=JobState.QUEUED).first()
    if job is None:
        return None
    moment = now or timezone.now()
    job.state = JobState.RUNNING
    job.fence += 1
    job.started_at = moment
    job.lease_expires_at = moment + LEASE
    job.save(update_fields=["state", "fence", "started_at", "lease_expires_at"])
    return job


def run_job(
    *, job_id: int, work: Callable[[JobProgress], dict[str, Any]], listener: Listener | None = None
) -> Job | None:
    """Claim the job, do the work, and record how it ended; None where somebody else holds it."""
    job = claim_job(job_id=job_id)
    if job is None:
        return None
    progress = JobProgress(job, listener=listener)
    try:
        with _lease_renewed(job):
            result = work(progress)
    except JobLostError:
        return None
    except JobCancelledError as error:
        return _finish(job, state=JobState.CANCELLED, sentence=str(error))
    except HarkenError as error:
        return _finish(job, state=JobState.FAILED, sentence=str(error))
    except KeyboardInterrupt:
        _finish(
            job,
            state=JobState.CANCELLED,
            sentence=_("The job was interrupted. What was done until then is kept."),
        )
        raise
    except Exception as error:
        log.exception("job_failed", job=str(job.uuid), kind=job.kind)
        _finish(job, state=JobState.FAILED, sentence=_unexpected(error))
        raise
    # What was kept may have been changed since: a withdrawal takes the name of a file out of it.
    return _finish(job, state=JobState.SUCCEEDED, result=None if progress.has_kept else result)


@contextmanager
def _lease_renewed(job: Job) -> Iterator[None]:
    """Renew the lease while the block runs: a single step of it may take longer than a lease."""
    ended = Event()
    renewing = Thread(target=_renew_until, args=(job, ended), name="lease", daemon=True)
    renewing.start()
    try:
        yield
    finally:
        ended.set()
        renewing.join()


def _renew_until(job: Job, ended: Event) -> None:
    while not ended.wait(RENEW_EVERY_SECONDS):
        try:
            _renew(job)
        except DatabaseError as error:
            log.warning("lease_not_renewed", job=str(job.uuid), error=type(error).__name__)
        finally:
            connection.close()  # this thread's own


@transaction.atomic
def _renew(job: Job) -> None:
    """Hold the job for another lease, unless it was lost; a locked row is just being reported on."""
    held = Job.objects.select_for_update(skip_locked=True).filter(
        pk=job.pk, fence=job.fence, state=JobState.RUNNING
    )
    if held.first() is not None:
        held.update(lease_expires_at=timezone.now() + LEASE)


def _unexpected(error: Exception) -> str:
    return _("An unexpected error (%(name)s) stopped this job. The worker's log says more.") % {
        "name": type(error).__name__
    }


@transaction.atomic
def _finish(job: Job, *, state: JobState, sentence: str = "", result: dict[str, Any] | None = None) -> Job:
    """Write the end of a job, unless another worker holds it by now; without a result, the one noted before stays."""
    check_job_transition(JobState.RUNNING, state)
    held = Job.objects.filter(pk=job.pk, fence=job.fence, state=JobState.RUNNING)
    is_held = held.update(
        state=state,
        lease_expires_at=None,
        finished_at=timezone.now(),
        error_sentence=sentence,
        **({} if result is None else {"result": result}),
    )
    job.refresh_from_db()
    if not is_held:
        return job
    record_event(
        action=f"{job.kind}.{job.state}",
        project=job.project,
        actor=job.created_by,
        target=job,
        details=job.result,
    )
    return job


@transaction.atomic
def request_job_cancel(*, job: Job, actor: User) -> None:
    """Ask a running job to stop, and end a queued one at once."""
    locked = Job.objects.select_for_update().get(pk=job.pk)
    if locked.is_finished:
        return
    locked.cancel_requested_at, locked.cancel_requested_by = timezone.now(), actor
    if locked.state == JobState.QUEUED:
        locked.state, locked.finished_at = JobState.CANCELLED, timezone.now()
    locked.save(update_fields=["cancel_requested_at", "cancel_requested_by", "state", "finished_at"])
    record_event(action="job.cancel_requested", project=job.project, actor=actor, target=job)


@transaction.atomic
def resume_job(*, job: Job, actor: User | None) -> None:
    """Queue a failed or cancelled job again; its work goes on where it can and repeats nothing."""
    locked = Job.objects.select_for_update().get(pk=job.pk)
    check_job_transition(locked.state, JobState.QUEUED)
    locked.state, locked.finished_at, locked.error_sentence = JobState.QUEUED, None, ""
    locked.cancel_requested_at = locked.cancel_requested_by = None
    locked.save()
    record_event(action="job.resumed", project=job.project, actor=actor, target=job)
    ring_job(job=locked)


@transaction.atomic
def ring_waiting_jobs(*, now: datetime | None = None) -> int:
    """Ring again for jobs whose bell was lost or whose worker died; returns how many."""
    moment = now or timezone.now()
    lost = Job.objects.filter(state=JobState.RUNNING, lease_expires_at__lt=moment)
    for job in lost.select_for_update(skip_locked=True):  # a locked row is just being reported on
        _take_back(job, moment)
    waiting = Job.objects.filter(state=JobState.QUEUED, rung_at__lte=moment - RING_AGAIN_AFTER)
    jobs = list(waiting.select_for_update(skip_locked=True))
    Job.objects.filter(pk__in=[job.pk for job in jobs]).update(rung_at=moment)
    for job in jobs:
        ring_job(job=job)
    return len(jobs)


def _take_back(job: Job, moment: datetime) -> None:
    """Let a job whose worker died wait again; one that was cancelled, or lost too often, ends."""
    if job.cancel_requested_at is not None:
        _finish(job, state=JobState.CANCELLED, sentence=_cancelled())
    elif job.fence >= CLAIMS_ALLOWED:
        sentence = _(
            "This job was begun %(count)s times and its worker was lost again, so it is not tried by itself any "
            "more. The worker's log may say why."
        )
        _finish(job, state=JobState.FAILED, sentence=sentence % {"count": job.fence})
    else:
        job.state, job.lease_expires_at = JobState.QUEUED, None
        job.rung_at = moment - RING_AGAIN_AFTER
        job.save(update_fields=["state", "lease_expires_at", "rung_at"])


def _cancelled() -> str:
    return _("The job was cancelled. What was done until then is kept.")
