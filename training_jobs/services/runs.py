"""Asking for a run, asking it to stop, and looking after runs whose worker is gone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.models import DatasetVersion, User
from curation.services.work.audit import record_event
from training_jobs.dispatch import ring_for_runs
from training_jobs.domain.errors import RunLostError, RunRefusedError
from training_jobs.domain.states import AttemptEnding, RunState
from training_jobs.models import RunAttempt, TrainingRun
from training_jobs.queries.artifacts import run_folder
from training_jobs.services.base_models import BaseModel, find_base_model, register_base_model
from training_jobs.services.claims import interrupt_run, move_run
from training_jobs.services.configuration import (
    completed_settings,
    configuration_sha256,
    frozen_configuration,
    suggested_settings,
)
from training_jobs.services.processes import ProcessMark, end_processes, is_alive, this_machine
from training_jobs.services.run_directories import forget_rows
from training_jobs.trainer.run_directory import RunDirectory

RING_AGAIN_AFTER = timedelta(seconds=60)
# A trainer ends itself within a heartbeat of losing its supervisor; a machine we cannot look into gets this long.
UNSEEN_GRACE = timedelta(seconds=60)
LEFTOVER_GRACE_SECONDS = 20.0
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """What a run would be frozen with."""

    version: DatasetVersion
    base: BaseModel
    configuration: Mapping[str, Any]

    @property
    def config_sha256(self) -> str:
        """The hash by which two runs are known to ask for the same."""
        return configuration_sha256(self.configuration)


def plan_run(
    *, version: DatasetVersion, objective: str, base_model: str, settings: Mapping[str, Any]
) -> RunPlan:
    """Check what is asked for and complete it, writing nothing; raises RunRefusedError.

    `base_model` is a folder, a hub name, or `tiny`; `settings` is flat, see `frozen_configuration`.
    """
    _refuse_version(version)
    base = find_base_model(base_model, version=version, revision=str(settings.get("revision", "")))
    suggested = suggested_settings(
        train_rows=version.split_counts.get("train", 0), is_random_model=base.is_random
    )
    configuration = frozen_configuration(
        objective=objective,
        base_model=base.path,
        base_model_id=base.name,
        settings=completed_settings(settings, suggested),
    )
    return RunPlan(version=version, base=base, configuration=configuration)


def _refuse_version(version: DatasetVersion) -> None:
    if version.frozen_at is None:
        raise RunRefusedError(
            _("%(version)s is not frozen yet. Freeze it, then train on it.") % {"version": version}
        )
    if not version.split_counts.get("train"):
        raise RunRefusedError(
            _("%(version)s has no training rows, so there is nothing to train on.") % {"version": version}
        )


@transaction.atomic
def queue_run(*, plan: RunPlan, actor: User | None, idempotency_key: UUID) -> TrainingRun:
    """Queue a planned run and ring for it; the same key gives the same run."""
    version, configuration = plan.version, plan.configuration
    model = register_base_model(project=version.project, base=plan.base)
    run, made = TrainingRun.objects.get_or_create(
        created_by=actor,
        idempotency_key=idempotency_key,
        defaults={
            "project_id": version.project_id,
            "name": f"{version} · {configuration['objective']} · {plan.base.short_name}"[:120],
            "version": version,
            "base_model": model,
            "objective": configuration["objective"],
            "config": configuration,
            "config_sha256": plan.config_sha256,
            "total_steps": configuration["max_steps"],
        },
    )
    if made:
        details = {"config_sha256": run.config_sha256, "version": str(version)}
        record_event(action="run.queued", project=version.project, actor=actor, target=run, details=details)
        ring_for_runs()
    return run


@transaction.atomic
def request_run_cancel(*, run: TrainingRun, actor: User | None) -> TrainingRun:
    """Ask a run to stop: a waiting one ends at once, a running one once its processes are gone."""
    locked = TrainingRun.objects.select_for_update().get(pk=run.pk)
    if locked.is_finished or locked.cancel_requested_at:
        return locked
    locked.cancel_requested_at, locked.cancel_requested_by = timezone.now(), actor
    state = RunState.CANCELLED if locked.state == RunState.QUEUED else RunState.CANCELLING
    move_run(locked, state, reason=_("cancelled on request"))
    locked.save()
    record_event(action="run.cancel_requested", project=locked.project, actor=actor, target=locked)
    return locked


def sweep_runs(*, now: datetime | None = None) -> tuple[int, int]:
    """Take back runs whose worker is gone and ring for those that wait; returns how many of each."""
    moment = now or timezone.now()
    taken_back = sum(_take_back(attempt, moment) for attempt in _abandoned_attempts(moment))
    return taken_back, ring_waiting_runs(now=moment)


def _abandoned_attempts(moment: datetime) -> list[RunAttempt]:
    """Return the open attempts whose lease ran out or whose supervisor is seen dead on this machine."""
    machine = this_machine()
    here = Q(host=machine.host, boot_id=machine.boot_id)
    expired = Q(lease_expires_at__lt=moment) & (here | Q(lease_expires_at__lt=moment - UNSEEN_GRACE))
    attempts = RunAttempt.objects.filter(ended_at__isnull=True).select_related("run")
    lost = list(attempts.filter(expired))
    held_here = attempts.filter(here).exclude(pk__in=[attempt.pk for attempt in lost])
    return lost + [attempt for attempt in held_here if not _has_living_supervisor(attempt)]


def _has_living_supervisor(attempt: RunAttempt) -> bool:
    if attempt.supervisor_id is None or attempt.supervisor_started_at is None:
        return True  # not known: the lease will tell
    return is_alive(ProcessMark(pid=attempt.supervisor_id, started_at=attempt.supervisor_started_at))


def _take_back(attempt: RunAttempt, moment: datetime) -> bool:
    """End what is left of an abandoned attempt, then let the run wait again; False where it was not ours to take."""
    if not _ended_leftovers(attempt):
        log.warning("leftovers_of_a_lost_run_do_not_end", run=str(attempt.run.uuid), attempt=attempt.number)
        return False
    reason = _("The worker %(worker)s was lost.") % {"worker": attempt.worker_name}
    try:
        with transaction.atomic():
            TrainingRun.objects.select_for_update().get(
                pk=attempt.run_id
            )  # in the order in which all lock: run first
            still_open = RunAttempt.objects.get(pk=attempt.pk)
            if still_open.ended_at or _was_renewed(still_open, attempt):
                return False
            # While the run is locked: whoever claims it next writes rows of its own there.
            forget_rows(RunDirectory(run_folder(attempt.run)))
            interrupt_run(attempt=still_open, ending=AttemptEnding.LOST, reason=reason)
            ring_for_runs()
    except RunLostError:
        return False
    log.info("run_taken_back", run=str(attempt.run.uuid), attempt=attempt.number)
    return True


def _was_renewed(now_open: RunAttempt, seen: RunAttempt) -> bool:
    return now_open.lease_expires_at > seen.lease_expires_at


def _ended_leftovers(attempt: RunAttempt) -> bool:
    """Make sure that nothing of the attempt runs on this machine; another machine ends its own."""
    machine = this_machine()
    if (attempt.host, attempt.boot_id) != (machine.host, machine.boot_id):
        return True
    leader = None
    if attempt.process_id is not None and attempt.process_started_at is not None:
        leader = ProcessMark(pid=attempt.process_id, started_at=attempt.process_started_at)
    return end_processes(str(attempt.run.uuid), leader=leader, grace_seconds=LEFTOVER_GRACE_SECONDS)


@transaction.atomic
def ring_waiting_runs(*, now: datetime | None = None) -> int:
    """Ring again where a run has waited for a while, for its bell may be lost; returns how many wait so."""
    moment = now or timezone.now()
    waiting = TrainingRun.objects.filter(
        state=RunState.QUEUED, not_before_at__lte=moment, rung_at__lte=moment - RING_AGAIN_AFTER
    )
    count = waiting.update(rung_at=moment)
    if count:
        ring_for_runs()
    return count
