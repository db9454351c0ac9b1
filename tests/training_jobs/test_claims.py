"""Claiming runs on a real database: each once, for a while, and only the last holder writes."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from curation.models import DatasetVersion
from tests.training_jobs.run_setup import make_base_model, make_run
from training_jobs.domain.errors import RunLostError
from training_jobs.domain.run_files import MetricPoint, TrainerStatus
from training_jobs.domain.states import AttemptEnding, RunState
from training_jobs.models import Measurement, RunAttempt, TrainingRun
from training_jobs.services.claims import LEASE, claim_next_run, fail_run, interrupt_run, renew_lease
from training_jobs.services.recording import record_measurements, record_progress


def claim(version: DatasetVersion, base_model: str) -> RunAttempt:
    """Queue a run and claim it."""
    run = make_run(version, base_model=base_model)
    attempt = claim_next_run(worker_name="w", run=run)
    assert attempt is not None
    return attempt


def claim_until_none_waits(name: str) -> list[int]:
    """Claim like a worker in a thread of its own; returns the runs it got."""
    claimed = []
    try:
        while attempt := claim_next_run(worker_name=name):
            claimed.append(attempt.run_id)
    finally:
        connection.close()
    return claimed


def test_many_claimers_get_each_run_once(committed_version: DatasetVersion, artifacts: Path) -> None:
    base_model = make_base_model(artifacts / "stand-in")
    runs = [make_run(committed_version, base_model=base_model, seed=seed).pk for seed in range(24)]
    with ThreadPoolExecutor(8) as pool:
        claimed = [run for found in pool.map(claim_until_none_waits, map(str, range(8))) for run in found]
    assert Counter(claimed) == Counter(runs)
    assert RunAttempt.objects.count() == len(runs)


def test_a_doubled_bell_finds_nothing_left_to_claim(version: DatasetVersion, base_model: str) -> None:
    claim(version, base_model)
    assert claim_next_run(worker_name="second") is None
    assert RunAttempt.objects.count() == 1


def test_a_claim_starts_the_run_under_a_new_fence_with_a_lease(
    version: DatasetVersion, base_model: str
) -> None:
    attempt = claim(version, base_model)
    assert (attempt.run.state, attempt.run.fence, attempt.fence) == (RunState.STARTING, 1, 1)
    assert timezone.now() < attempt.lease_expires_at <= timezone.now() + LEASE


def test_runs_are_claimed_by_priority_then_age(version: DatasetVersion, base_model: str) -> None:
    _late, urgent = (make_run(version, base_model=base_model, seed=seed) for seed in (1, 2))
    TrainingRun.objects.filter(pk=urgent.pk).update(priority=5)
    attempt = claim_next_run(worker_name="w")
    assert attempt is not None
    assert attempt.run == urgent


def test_a_run_that_shall_wait_is_not_claimed(version: DatasetVersion, base_model: str) -> None:
    run = make_run(version, base_model=base_model)
    TrainingRun.objects.filter(pk=run.pk).update(not_before_at=timezone.now() + timedelta(hours=1))
    assert claim_next_run(worker_name="w") is None


def test_renewing_puts_the_end_of_the_lease_off(version: DatasetVersion, base_model: str) -> None:
    attempt = claim(version, base_model)
    later = timezone.now() + timedelta(seconds=30)
    renew_lease(attempt=attempt, now=later)
    attempt.refresh_from_db()
    assert attempt.lease_expires_at == later + LEASE


def test_the_next_attempt_reads_on_where_the_last_one_stopped_reading(
    version: DatasetVersion, base_model: str
) -> None:
    attempt = claim(version, base_model)
    record_measurements(attempt=attempt, points=[], offset=120)
    interrupt_run(attempt=attempt, ending=AttemptEnding.LOST, reason="gone")
    second = claim_next_run(worker_name="w")
    assert second is not None
    assert (second.number, second.metrics_offset, second.run.fence) == (2, 120, 2)


@pytest.fixture
def late_writer(version: DatasetVersion, base_model: str) -> RunAttempt:
    """An attempt that was taken for lost while it lived, and whose run somebody else holds."""
    attempt = claim(version, base_model)
    stale = RunAttempt.objects.get(pk=attempt.pk)
    interrupt_run(attempt=attempt, ending=AttemptEnding.LOST, reason="gone")
    assert claim_next_run(worker_name="other") is not None
    return stale


def test_a_late_writer_cannot_renew_its_lease(late_writer: RunAttempt) -> None:
    with pytest.raises(RunLostError):
        renew_lease(attempt=late_writer)


def test_a_late_writer_s_figures_are_dropped(late_writer: RunAttempt) -> None:
    point = MetricPoint(step=1, split="train", name="loss", value=1.0)
    with pytest.raises(RunLostError):
        record_measurements(attempt=late_writer, points=[point], offset=9)
    assert not Measurement.objects.exists()


def test_a_late_writer_s_end_is_dropped(late_writer: RunAttempt) -> None:
    with pytest.raises(RunLostError):
        fail_run(attempt=late_writer, code="x", sentence="late")
    late_writer.run.refresh_from_db()
    assert late_writer.run.state == RunState.STARTING


def test_the_same_figures_read_twice_are_stored_once_with_the_later_value(
    version: DatasetVersion, base_model: str
) -> None:
    attempt = claim(version, base_model)
    for value in (1.0, 2.0):
        point = MetricPoint(step=1, split="train", name="loss", value=value)
        record_measurements(attempt=attempt, points=[point], offset=9)
    assert list(Measurement.objects.values_list("value", flat=True)) == [2.0]


def test_a_run_lost_three_times_fails_and_says_so(version: DatasetVersion, base_model: str) -> None:
    run = make_run(version, base_model=base_model)
    for _ in range(run.max_attempts):
        attempt = claim_next_run(worker_name="w")
        assert attempt is not None
        interrupt_run(attempt=attempt, ending=AttemptEnding.LOST, reason="The worker was lost.")
    run.refresh_from_db()
    assert (run.state, run.failure_code) == (RunState.FAILED, "lost")
    assert "3 times" in run.error_sentence


def test_a_run_that_only_moves_is_never_given_up(version: DatasetVersion, base_model: str) -> None:
    run = make_run(version, base_model=base_model)
    for _ in range(run.max_attempts + 2):
        attempt = claim_next_run(worker_name="w")
        assert attempt is not None
        interrupt_run(attempt=attempt, ending=AttemptEnding.MOVED, reason="The worker was restarted.")
    run.refresh_from_db()
    assert run.state == RunState.QUEUED


def test_an_evaluation_between_steps_is_still_training(version: DatasetVersion, base_model: str) -> None:
    attempt = claim(version, base_model)
    for state, step in (("training", 1), ("evaluating", 2)):
        record_progress(attempt=attempt, status=TrainerStatus(state=state, step=step, total_steps=6))
    attempt.run.refresh_from_db()
    assert (attempt.run.state, attempt.run.step) == (RunState.RUNNING, 2)


def test_the_evaluation_after_the_last_step_is_a_state_of_the_run(
    version: DatasetVersion, base_model: str
) -> None:
    attempt = claim(version, base_model)
    for state in ("training", "evaluating"):
        record_progress(attempt=attempt, status=TrainerStatus(state=state, step=6, total_steps=6))
    attempt.run.refresh_from_db()
    assert attempt.run.state == RunState.EVALUATING
