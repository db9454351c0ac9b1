"""What a running attempt writes down; every write is refused once another attempt holds the run."""

from collections.abc import Iterable
from pathlib import Path

from django.db import transaction

from training_jobs.domain.run_files import MetricPoint, TrainerStatus
from training_jobs.domain.states import RunState
from training_jobs.models import Checkpoint, Measurement, RunAttempt
from training_jobs.queries.artifacts import folder_bytes, stored_path
from training_jobs.services.claims import held_run, move_run
from training_jobs.services.processes import ProcessMark


@transaction.atomic
def record_process(*, attempt: RunAttempt, process: ProcessMark) -> None:
    """Note which process does the work, so that a sweep can find it when this worker is gone."""
    with held_run(attempt):
        attempt.process_id, attempt.process_started_at = process.pid, process.started_at
        attempt.save(update_fields=["process_id", "process_started_at"])


@transaction.atomic
def record_progress(*, attempt: RunAttempt, status: TrainerStatus) -> None:
    """Note how far the trainer is; a run that is being cancelled stays so."""
    with held_run(attempt) as run:
        if attempt.resumed_from_step != status.resumed_from:
            attempt.resumed_from_step = status.resumed_from
            attempt.save(update_fields=["resumed_from_step"])
        run.step, run.total_steps = status.step, status.total_steps or run.total_steps
        if run.state == RunState.STARTING and status.state in {"training", "evaluating", "finished"}:
            move_run(run, RunState.RUNNING)
        # An evaluation between steps is part of training; only the one at the end is a state of the run.
        if run.state == RunState.RUNNING and status.state == "evaluating" and status.step == run.total_steps:
            move_run(run, RunState.EVALUATING)
        run.save(update_fields=["step", "total_steps", "state", "state_reason"])


@transaction.atomic
def record_measurements(*, attempt: RunAttempt, points: Iterable[MetricPoint], offset: int) -> None:
    """Store figures and how far `metrics.jsonl` was read, together: reading a line twice changes nothing."""
    with held_run(attempt):
        Measurement.objects.bulk_create(
            (
                Measurement(
                    project_id=attempt.project_id,
                    run_id=attempt.run_id,
                    attempt=attempt,
                    step=point.step,
                    split=point.split[:12],
                    name=point.name[:60],
                    value=point.value,
                )
                for point in points
            ),
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["run", "split", "name", "step", "attempt"],
            update_fields=["value"],
        )
        RunAttempt.objects.filter(pk=attempt.pk).update(metrics_offset=offset)


@transaction.atomic
def record_checkpoints(*, attempt: RunAttempt, found: dict[int, Path]) -> None:
    """Note the complete checkpoints on disk by step, and which of the known ones are gone."""
    with held_run(attempt):
        known = Checkpoint.objects.filter(run_id=attempt.run_id)
        known.exclude(step__in=found).filter(deleted_at__isnull=True).update(deleted_at=attempt.heartbeat_at)
        for step, path in found.items():
            values = {"path": stored_path(path), "size_bytes": folder_bytes(path), "deleted_at": None}
            Checkpoint.objects.update_or_create(
                run_id=attempt.run_id,
                step=step,
                defaults=values,
                create_defaults={**values, "project_id": attempt.project_id, "attempt": attempt},
            )
