"""Claiming a run and holding it: a lease says until when, a fence number says whose writes still count."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.services.work.audit import record_event
from training_jobs.domain.errors import RunLostError
from training_jobs.domain.states import FINISHED_RUN_STATES, AttemptEnding, RunState, check_run_transition
from training_jobs.models import RunAttempt, TrainingRun
from training_jobs.services.processes import mark_of, this_machine

LEASE = timedelta(seconds=60)


@transaction.atomic
def claim_next_run(
    *, worker_name: str, run: TrainingRun | None = None, now: datetime | None = None
) -> RunAttempt | None:
    """Take the waiting run that is next, or this one; None where nothing waits: a doubled bell does no harm."""
    moment = now or timezone.now()
    waiting = TrainingRun.objects.filter(state=RunState.QUEUED, not_before_at__lte=moment)
    if run is not None:
        waiting = waiting.filter(pk=run.pk)
    claimed = waiting.select_for_update(skip_locked=True).order_by("-priority", "id").first()
    if claimed is None:
        return None
    move_run(claimed, RunState.STARTING)
    claimed.fence += 1
    claimed.started_at = claimed.started_at or moment
    claimed.save()
    return _open_attempt(claimed, worker_name=worker_name, moment=moment)


def _open_attempt(run: TrainingRun, *, worker_name: str, moment: datetime) -> RunAttempt:
    machine = this_machine()
    supervisor = mark_of(os.getpid())
    before = run.attempts.order_by("-number").first()
    return RunAttempt.objects.create(
        project_id=run.project_id,
        run=run,
        number=before.number + 1 if before else 1,
        fence=run.fence,
        worker_name=worker_name,
        host=machine.host,
        boot_id=machine.boot_id,
        supervisor_id=os.getpid(),
        supervisor_started_at=supervisor.started_at if supervisor else None,
        lease_expires_at=moment + LEASE,
        heartbeat_at=moment,
        # What the attempt before did not get to read of the trainer's metrics is read by this one.
        metrics_offset=before.metrics_offset if before else 0,
    )


@transaction.atomic
def renew_lease(*, attempt: RunAttempt, now: datetime | None = None) -> TrainingRun:
    """Hold the run for another lease and return it as it stands; raises RunLostError."""
    moment = now or timezone.now()
    with held_run(attempt) as run:
        attempt.lease_expires_at, attempt.heartbeat_at = moment + LEASE, moment
        attempt.save(update_fields=["lease_expires_at", "heartbeat_at"])
    return run


@contextmanager
def held_run(attempt: RunAttempt) -> Iterator[TrainingRun]:
    """Lock the run for a write of this attempt; raises RunLostError where a later attempt, or nobody, holds it."""
    with transaction.atomic():
        run = TrainingRun.objects.select_for_update().get(pk=attempt.run_id)
        if run.fence != attempt.fence or not run.is_active:
            raise RunLostError(_("Another worker took over this run, so this one stopped."))
        yield run


def move_run(run: TrainingRun, state: RunState, *, reason: str = "") -> None:
    """Put a locked run into a state that the table allows; the caller saves it."""
    check_run_transition(run.state, state)
    run.state, run.state_reason = state, reason[:200]
    if state in FINISHED_RUN_STATES:
        run.finished_at = timezone.now()


@transaction.atomic
def end_attempt(
    *, attempt: RunAttempt, ending: AttemptEnding, reason: str = "", exit_code: int | None = None
) -> None:
    """Close an attempt with what became of it."""
    attempt.ended_at = timezone.now()
    attempt.ending, attempt.ending_reason, attempt.exit_code = ending, reason[:300], exit_code
    attempt.save(update_fields=["ended_at", "ending", "ending_reason", "exit_code"])


@transaction.atomic
def cancel_held_run(*, attempt: RunAttempt, exit_code: int | None = None) -> None:
    """Note that a run was cancelled; call it only once the trainer's group is seen gone."""
    with held_run(attempt) as run:
        end_attempt(attempt=attempt, ending=AttemptEnding.CANCELLED, exit_code=exit_code)
        if run.state != RunState.CANCELLING:
            move_run(run, RunState.CANCELLING)
        move_run(run, RunState.CANCELLED, reason=_("cancelled on request"))
        run.save()
        record_event(action="run.cancelled", project=run.project, actor=run.cancel_requested_by, target=run)


@transaction.atomic
def fail_run(*, attempt: RunAttempt, code: str, sentence: str, exit_code: int | None = None) -> None:
    """Note that a run failed, and say why."""
    with held_run(attempt) as run:
        end_attempt(attempt=attempt, ending=AttemptEnding.FAILED, reason=sentence, exit_code=exit_code)
        mark_failed(run, code=code, sentence=sentence)


def mark_failed(run: TrainingRun, *, code: str, sentence: str) -> None:
    """Put a locked run into `failed`, with a code for programs and a sentence for people."""
    move_run(run, RunState.FAILED, reason=sentence)
    run.failure_code, run.error_sentence = code[:40], sentence
    run.save()
    record_event(
        action="run.failed",
        project=run.project,
        actor=run.created_by,
        target=run,
        details={"code": run.failure_code},
    )


@transaction.atomic
def interrupt_run(
    *, attempt: RunAttempt, ending: AttemptEnding, reason: str, exit_code: int | None = None
) -> TrainingRun:
    """End an attempt that somebody else may go on from: the run waits again, fails or, if asked, is cancelled."""
    with held_run(attempt) as run:
        end_attempt(attempt=attempt, ending=ending, reason=reason, exit_code=exit_code)
        move_run(run, RunState.INTERRUPTED, reason=reason)
        if run.cancel_requested_at:
            move_run(run, RunState.CANCELLED, reason=_("cancelled on request"))
        elif _has_no_attempt_left(run):
            sentence = _("The run was lost %(count)s times, so it is not tried again. Last time: %(reason)s")
            mark_failed(run, code="lost", sentence=sentence % {"count": run.max_attempts, "reason": reason})
        else:
            move_run(run, RunState.QUEUED, reason=reason)
        run.save()
        record_event(
            action="run.interrupted",
            project=run.project,
            target=run,
            details={"ending": ending, "state": run.state},
        )
    return run


def _has_no_attempt_left(run: TrainingRun) -> bool:
    return run.attempts.filter(ending=AttemptEnding.LOST).count() >= run.max_attempts
