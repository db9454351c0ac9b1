"""Looking after runs whose worker is gone."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.utils import timezone

from curation.models import DatasetVersion
from tests.training_jobs.run_setup import make_run
from training_jobs.domain.states import AttemptEnding, RunState
from training_jobs.models import RunAttempt, TrainingRun
from training_jobs.queries.artifacts import run_folder
from training_jobs.services.claims import claim_next_run
from training_jobs.services.processes import ProcessMark, end_processes, is_alive, mark_of
from training_jobs.services.run_directories import prepare_run_directory
from training_jobs.services.runs import request_run_cancel, sweep_runs

LONG_AGO = timezone.now() - timedelta(hours=1)
ANOTHER_MACHINE = {"host": "elsewhere", "boot_id": "another"}


@pytest.fixture
def attempt(version: DatasetVersion, base_model: str) -> RunAttempt:
    """An attempt that this test holds."""
    make_run(version, base_model=base_model)
    claimed = claim_next_run(worker_name="w")
    assert claimed is not None
    return claimed


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that does nothing with the runs."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def change(attempt: RunAttempt, **fields: Any) -> None:
    RunAttempt.objects.filter(pk=attempt.pk).update(**fields)


def test_a_held_run_is_left_alone(attempt: RunAttempt) -> None:
    assert sweep_runs() == (0, 0)


def test_a_run_whose_lease_ran_out_waits_again(attempt: RunAttempt) -> None:
    change(attempt, lease_expires_at=LONG_AGO)
    assert sweep_runs()[0] == 1
    attempt.refresh_from_db()
    assert (attempt.run.state, attempt.ending) == (RunState.QUEUED, AttemptEnding.LOST)
    assert "w was lost" in attempt.ending_reason


def test_no_text_stays_where_a_worker_was_lost(attempt: RunAttempt, artifacts: Path) -> None:
    prepare_run_directory(attempt.run)
    change(attempt, lease_expires_at=LONG_AGO)
    sweep_runs()
    assert not (run_folder(attempt.run) / "rows").exists()


def test_what_a_later_attempt_started_is_not_ended_with_an_earlier_one() -> None:
    environment = {"HARKEN_TRAINING_RUN": "shared", "HARKEN_TRAINING_ATTEMPT": "later"}
    later = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env=environment)
    try:
        assert end_processes("shared", attempt="earlier", grace_seconds=0.1)
        assert later.poll() is None
        assert end_processes("shared", attempt="later", grace_seconds=5)
    finally:
        later.kill()
        later.wait()


def test_a_run_whose_supervisor_is_seen_dead_here_does_not_wait_for_its_lease(attempt: RunAttempt) -> None:
    change(attempt, supervisor_started_at=LONG_AGO)
    assert sweep_runs()[0] == 1


def test_a_supervisor_that_this_machine_cannot_see_keeps_its_lease(attempt: RunAttempt) -> None:
    change(attempt, supervisor_started_at=LONG_AGO, **ANOTHER_MACHINE)
    assert sweep_runs()[0] == 0


def test_another_machine_gets_time_to_end_its_trainer_after_its_lease(attempt: RunAttempt) -> None:
    change(attempt, lease_expires_at=timezone.now() - timedelta(seconds=5), **ANOTHER_MACHINE)
    assert sweep_runs()[0] == 0
    assert sweep_runs(now=timezone.now() + timedelta(minutes=2))[0] == 1


def test_a_lost_run_that_was_being_cancelled_is_cancelled(attempt: RunAttempt) -> None:
    request_run_cancel(run=attempt.run, actor=None)
    change(attempt, lease_expires_at=LONG_AGO)
    sweep_runs()
    attempt.run.refresh_from_db()
    assert attempt.run.state == RunState.CANCELLED


def test_a_run_whose_bell_was_lost_is_rung_for_again(
    version: DatasetVersion,
    base_model: str,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    run, rung = make_run(version, base_model=base_model), []
    monkeypatch.setattr(current_app, "send_task", lambda name, **_options: rung.append(name))
    TrainingRun.objects.filter(pk=run.pk).update(rung_at=LONG_AGO)
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep_runs() == (0, 1)
        assert sweep_runs() == (0, 0)
    assert len(rung) == 1


def test_a_process_that_took_over_the_number_of_a_trainer_is_not_killed(
    attempt: RunAttempt, sleeper: "subprocess.Popen[bytes]"
) -> None:
    change(attempt, lease_expires_at=LONG_AGO, process_id=sleeper.pid, process_started_at=LONG_AGO)
    assert sweep_runs()[0] == 1
    assert sleeper.poll() is None


def test_the_trainer_that_a_lost_worker_left_is_killed(
    attempt: RunAttempt, sleeper: "subprocess.Popen[bytes]"
) -> None:
    mark = mark_of(sleeper.pid)
    assert mark is not None
    change(attempt, lease_expires_at=LONG_AGO, process_id=mark.pid, process_started_at=mark.started_at)
    assert sweep_runs()[0] == 1
    assert not is_alive(mark)


def test_a_process_is_known_by_its_start_as_well_as_its_number(sleeper: "subprocess.Popen[bytes]") -> None:
    mark = mark_of(sleeper.pid)
    assert mark is not None
    assert is_alive(mark)
    assert not is_alive(ProcessMark(pid=mark.pid, started_at=LONG_AGO))


def test_processes_that_ignore_a_request_are_killed_after_the_grace() -> None:
    program = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    deaf = subprocess.Popen(
        [sys.executable, "-c", program], env={"HARKEN_TRAINING_RUN": "deaf"}, stdout=subprocess.PIPE
    )
    assert deaf.stdout is not None
    deaf.stdout.readline()
    assert end_processes("deaf", grace_seconds=0.3)
    assert deaf.wait() == -9
