"""Supervising attempts, with a trainer that keeps to the protocol and trains nothing."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError

from curation.models import DatasetVersion, ModelVersion, Project
from curation.services.corpus.withdrawals import withdraw_conversation
from tests import cast
from tests.training_jobs.run_setup import (
    await_state,
    fake_trainer,
    make_base_model,
    make_run,
    make_version,
    start_worker,
)
from training_jobs.domain.states import AttemptEnding, RunState
from training_jobs.models import Checkpoint, Measurement, RunAttempt, TrainingRun
from training_jobs.queries.artifacts import artifact_path, run_folder
from training_jobs.services import supervision
from training_jobs.services.claims import renew_lease
from training_jobs.services.environment import program_environment
from training_jobs.services.processes import processes_of
from training_jobs.services.run_directories import prepare_run_directory
from training_jobs.services.runs import request_run_cancel, sweep_runs
from training_jobs.services.supervision import Drain, work_through_runs
from training_jobs.trainer.run_directory import RunDirectory


@pytest.fixture
def run(version: DatasetVersion, base_model: str) -> TrainingRun:
    """A waiting run of six steps."""
    return make_run(version, base_model=base_model)


@pytest.fixture
def committed_run(committed_version: DatasetVersion, artifacts: Path) -> TrainingRun:
    """A waiting run that other processes see."""
    return make_run(committed_version, base_model=make_base_model(artifacts / "stand-in"))


def work(run: TrainingRun, behaviour: str = "finish") -> RunAttempt:
    """Supervise the run and return its last attempt."""
    work_through_runs(worker_name="w", run=run, program=fake_trainer(behaviour))
    run.refresh_from_db()
    last = run.attempts.order_by("-number").first()
    assert last is not None
    return last


def test_a_run_that_finishes_succeeds_with_its_adapter(run: TrainingRun) -> None:
    attempt = work(run)
    assert (run.state, run.step, attempt.ending, attempt.exit_code) == (RunState.SUCCEEDED, 6, "finished", 0)
    assert run.adapter is not None
    assert (run.adapter.kind, run.adapter.trained_on) == (ModelVersion.Kind.ADAPTER, run.version)
    assert (artifact_path(run.adapter.path) / "adapter_model.safetensors").exists()


def test_every_step_s_figures_are_stored(run: TrainingRun) -> None:
    work(run)
    losses = Measurement.objects.filter(run=run, name="loss").order_by("step")
    assert list(losses.values_list("step", "value")) == [(step, 1 / step) for step in range(1, 7)]


def test_complete_checkpoints_become_rows(run: TrainingRun) -> None:
    work(run)
    assert list(Checkpoint.objects.filter(run=run).values_list("step", flat=True)) == [6]


def test_a_pickle_is_never_left_beside_the_adapter(run: TrainingRun) -> None:
    work(run)
    assert sorted(path.name for path in (run_folder(run) / "adapter").iterdir()) == [
        "README.md",
        "adapter_model.safetensors",
    ]


def test_the_text_of_the_rows_does_not_stay_in_the_run_directory(run: TrainingRun) -> None:
    work(run)
    assert not (run_folder(run) / "rows").exists()


def test_a_run_that_waits_again_keeps_no_text_either(run: TrainingRun) -> None:
    drain = Drain()
    threading.Timer(1.0, drain.ask).start()
    work_through_runs(worker_name="w", run=run, program=fake_trainer("wait"), drain=drain)
    assert not (run_folder(run) / "rows").exists()


def test_a_supervisor_that_lost_its_run_leaves_the_rows_to_who_took_it(
    run: TrainingRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepared_then_lost(run: TrainingRun, **options: Any) -> RunDirectory:
        directory = prepare_run_directory(run, **options)
        TrainingRun.objects.filter(pk=run.pk).update(fence=9)
        return directory

    monkeypatch.setattr(supervision, "prepare_run_directory", prepared_then_lost)
    work(run)
    assert (run_folder(run) / "rows").exists()


def withdraw_first_row(version: DatasetVersion) -> None:
    conversation = version.rows.order_by("position")[0].prompt.conversation
    if conversation.withdrawn_at is None:
        withdraw_conversation(conversation=conversation, actor=cast.make_user())


def test_a_model_is_marked_where_a_row_was_withdrawn_while_it_trained(committed_run: TrainingRun) -> None:
    work_through_runs(
        worker_name="w",
        run=committed_run,
        program=fake_trainer("finish"),
        listener=lambda held: withdraw_first_row(held.version),
    )
    committed_run.refresh_from_db()
    assert committed_run.adapter is not None
    assert committed_run.adapter.withdrawn_in_part_at is not None


def test_a_model_that_never_read_the_withdrawn_row_is_not_marked(committed_run: TrainingRun) -> None:
    withdraw_first_row(committed_run.version)
    work(committed_run)
    assert committed_run.adapter is not None
    assert committed_run.adapter.withdrawn_in_part_at is None


@pytest.mark.parametrize(
    ("behaviour", "code", "exit_code"), [("fail", "no_usable_rows", 1), ("memory", "gpu_out_of_memory", 42)]
)
def test_a_failed_run_says_why_and_is_not_tried_again(
    run: TrainingRun, behaviour: str, code: str, exit_code: int
) -> None:
    attempt = work(run, behaviour)
    assert (run.state, run.failure_code, attempt.number, attempt.exit_code) == (
        RunState.FAILED,
        code,
        1,
        exit_code,
    )
    assert run.error_sentence.endswith(".")


def test_a_trainer_that_is_killed_is_tried_again_three_times_at_most(run: TrainingRun) -> None:
    attempt = work(run, "killed")
    assert (run.state, attempt.number, attempt.ending) == (RunState.FAILED, 3, AttemptEnding.LOST)


def test_what_cannot_be_prepared_fails_the_run_with_a_sentence(project: Project, base_model: str) -> None:
    run = make_run(make_version(project, train=2, empty_answers=True), base_model=base_model)
    work(run)
    assert (run.state, run.failure_code) == (RunState.FAILED, "not_prepared")
    assert "cannot be exported: its rejected answer holds an empty message" in run.error_sentence


def test_an_unexpected_error_fails_the_run_without_its_details(run: TrainingRun) -> None:
    run_folder(run).parent.mkdir(parents=True)
    run_folder(run).write_text("in the way of the folder")
    work(run)
    assert (run.state, run.failure_code) == (RunState.FAILED, "unexpected")
    assert str(run_folder(run)) not in run.error_sentence


def test_a_drained_worker_saves_the_run_and_leaves_it_to_the_next(run: TrainingRun) -> None:
    drain = Drain()
    threading.Timer(1.0, drain.ask).start()
    work_through_runs(worker_name="w", run=run, program=fake_trainer("wait"), drain=drain)
    attempt = work(run)
    assert (run.state, attempt.number, attempt.resumed_from_step) == (RunState.SUCCEEDED, 2, 1)
    assert RunAttempt.objects.get(run=run, number=1).ending == AttemptEnding.MOVED


class Outage:
    """A lease that cannot be renewed for some looks at the database, then can."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def renew(self, *, attempt: RunAttempt) -> TrainingRun:
        self.looks -= 1
        if self.looks >= 0:
            raise OperationalError
        return renew_lease(attempt=attempt)


def test_a_short_outage_of_the_database_costs_nothing(
    run: TrainingRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "renew_lease", Outage(1).renew)
    monkeypatch.setattr(supervision, "connection", SimpleNamespace(close=lambda: None))
    assert work(run).number == 1
    assert run.state == RunState.SUCCEEDED


def test_a_long_outage_stops_the_trainer_before_the_lease_ends_and_leaves_the_run_to_the_sweep(
    run: TrainingRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "renew_lease", Outage(99).renew)
    monkeypatch.setattr(supervision, "connection", SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(supervision, "UNREACHABLE_SECONDS", 2.0)
    attempt = work(run, "wait")
    assert processes_of(str(run.uuid)) == []
    assert attempt.ended_at is None
    assert run.is_active


def test_the_trainer_sees_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "CELERY_BROKER_URL", "HARKEN_SECRET_KEY", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "secret")
    assert "secret" not in json.dumps(program_environment())


def test_the_trainer_is_offline_unless_the_hub_is_allowed(settings: object) -> None:
    assert program_environment()["HF_HUB_OFFLINE"] == "1"
    settings.HARKEN_ALLOW_HUB = True  # type: ignore[attr-defined]
    assert "HF_HUB_OFFLINE" not in program_environment()


def test_cancelling_a_running_run_stops_its_trainer_first(
    committed_run: TrainingRun, artifacts: Path
) -> None:
    worker = start_worker(artifacts, program=fake_trainer("wait"))
    await_state(committed_run, RunState.RUNNING, step=1)
    assert request_run_cancel(run=committed_run, actor=None).state == RunState.CANCELLING
    await_state(committed_run, RunState.CANCELLED)
    assert processes_of(str(committed_run.uuid)) == []
    assert worker.wait(timeout=20) == 0
    assert committed_run.attempts.get().ending == AttemptEnding.CANCELLED


def test_a_signal_to_the_worker_moves_the_run(committed_run: TrainingRun, artifacts: Path) -> None:
    worker = start_worker(artifacts, program=fake_trainer("wait"))
    await_state(committed_run, RunState.RUNNING, step=1)
    worker.send_signal(signal.SIGTERM)
    await_state(committed_run, RunState.QUEUED)
    assert worker.wait(timeout=20) == 0
    assert processes_of(str(committed_run.uuid)) == []


def test_a_deaf_trainer_of_a_killed_worker_is_ended_before_the_run_waits_again(
    committed_run: TrainingRun, artifacts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training_jobs.services.runs.LEFTOVER_GRACE_SECONDS", 0.5)
    worker = start_worker(artifacts, program=fake_trainer("deaf"))
    await_state(committed_run, RunState.RUNNING, step=1)
    worker.kill()
    worker.wait()
    assert len(processes_of(str(committed_run.uuid))) == 1
    assert sweep_runs()[0] == 1
    assert processes_of(str(committed_run.uuid)) == []
    committed_run.refresh_from_db()
    assert committed_run.state == RunState.QUEUED


def test_a_supervisor_that_loses_its_run_stops_its_trainer_and_writes_no_more(
    committed_run: TrainingRun, artifacts: Path
) -> None:
    worker = start_worker(artifacts, program=fake_trainer("wait"))
    await_state(committed_run, RunState.RUNNING, step=1)
    TrainingRun.objects.filter(pk=committed_run.pk).update(fence=9)
    assert worker.wait(timeout=30) == 0
    assert processes_of(str(committed_run.uuid)) == []
    committed_run.refresh_from_db()
    assert (committed_run.state, committed_run.fence) == (RunState.RUNNING, 9)


def test_the_worker_s_parent_loads_no_torch() -> None:
    program = "import sys, config.celery, training_jobs.gpu_tasks; print('torch' in sys.modules)"
    setup = "import django; django.setup(); "
    loaded = subprocess.run(
        [sys.executable, "-c", setup + program],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.split() == ["False"]
