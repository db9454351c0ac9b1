"""Stopping and going on: killed, told to stop or abandoned, a run loses nothing that was complete."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.training_jobs.trainer_setup import (
    CHECKOUT,
    HELD_OUT,
    TRAINED,
    corpus,
    make_learnable_rows,
    make_run,
    read_json,
    read_metrics,
    start_trainer,
    step_reached,
    wait_until,
)
from training_jobs.trainer.checkpoints import complete_checkpoints
from training_jobs.trainer.run_directory import StatusFile
from training_jobs.trainer.supervision import Heartbeat, StopFlag, Supervisor
from training_jobs.trainer.tiny_model import build_tiny_model

# Dropout and a falling rate, so that a resume must restore the random state and the schedule too.
SETTINGS: dict[str, Any] = {
    "max_steps": 24,
    "checkpoint_every": 5,
    "schedule": "linear",
    "lora": {"r": 4, "alpha": 8, "dropout": 0.1},
    "heartbeat_seconds": 2,
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("tiny"), texts=corpus())


def make_long_run(folder: Path, *, model: Path, **changes: Any) -> Path:
    """Return a run directory whose run takes long enough to be interrupted."""
    train = make_learnable_rows(40, topics=TRAINED)
    held_out = make_learnable_rows(10, topics=HELD_OUT, seed=2)
    return make_run(folder, model=model, train=train, held_out=held_out, **{**SETTINGS, **changes})


def final_weights(run: Path) -> bytes:
    """Return the adapter's weights."""
    return (run / "adapter" / "adapter_model.safetensors").read_bytes()


@pytest.mark.slow
def test_a_killed_and_resumed_run_equals_an_uninterrupted_one(model: Path, tmp_path: Path) -> None:
    whole = make_long_run(tmp_path / "whole", model=model)
    assert start_trainer(whole).wait() == 0

    killed = make_long_run(tmp_path / "killed", model=model)
    first_attempt = start_trainer(killed)
    wait_until(lambda: step_reached(killed) >= 12)
    first_attempt.kill()
    assert first_attempt.wait() == -signal.SIGKILL
    assert start_trainer(killed).wait() == 0

    assert read_json(killed / "status.json")["resumed_from"] >= 10
    assert final_weights(killed) == final_weights(whole)
    evaluations = [read_json(run / "evaluation.json") for run in (whole, killed)]
    assert evaluations[0] == evaluations[1]
    assert last_losses(killed) == last_losses(whole)


def last_losses(run: Path) -> dict[int, float]:
    """Return the training loss of every step, of the last attempt that took it."""
    return {line["step"]: line["values"]["loss"] for line in read_metrics(run) if line["split"] == "train"}


def test_a_run_told_to_stop_saves_its_step_and_exits_75(model: Path, tmp_path: Path) -> None:
    run = make_long_run(tmp_path / "run", model=model, max_steps=5000, checkpoint_every=5000)
    attempt = start_trainer(run)
    wait_until(lambda: step_reached(run) >= 2)
    attempt.send_signal(signal.SIGTERM)
    assert attempt.wait(timeout=30) == 75
    status = read_json(run / "status.json")
    assert (status["state"], status["error"]) == ("stopped", None)
    (checkpoint,) = complete_checkpoints(run / "checkpoints")
    assert checkpoint.is_intact()
    assert checkpoint.step == status["step"] >= 2


def test_a_run_told_to_stop_while_it_loads_exits_75(model: Path, tmp_path: Path) -> None:
    run = make_long_run(tmp_path / "run", model=model)
    attempt = start_trainer(run)
    wait_until(lambda: (run / "status.json").exists())
    attempt.send_signal(signal.SIGTERM)
    assert attempt.wait(timeout=30) == 75
    assert read_json(run / "status.json")["state"] == "stopped"


SUPERVISOR = """
import os, subprocess, sys, time
environment = {**os.environ, "HARKEN_SUPERVISOR_PID": str(os.getpid())}
subprocess.Popen([sys.executable, "-m", "training_jobs.trainer", sys.argv[1]], env=environment,
                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
time.sleep(600)
"""


def test_a_run_that_lost_its_supervisor_saves_and_ends(model: Path, tmp_path: Path) -> None:
    endless = {"max_steps": 5000, "checkpoint_every": 5000, "heartbeat_seconds": 5}
    run = make_long_run(tmp_path / "run", model=model, **endless)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(run)], cwd=CHECKOUT, env=environment)
    wait_until(lambda: step_reached(run) >= 2)
    trainer = Supervisor.of(read_json(run / "status.json")["pid"])
    supervisor.kill()
    supervisor.wait()
    wait_until(trainer.is_gone, seconds=4 * endless["heartbeat_seconds"])
    status = read_json(run / "status.json")
    assert (status["state"], status["error"]["code"]) == ("stopped", "supervisor_lost")
    assert complete_checkpoints(run / "checkpoints")[0].step == status["step"]


def ended_process() -> Supervisor:
    """Return a process that has run and ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    seen = Supervisor.of(process.pid)
    process.wait()
    return seen


def test_a_run_that_cannot_finish_its_step_is_abandoned_within_a_heartbeat(tmp_path: Path) -> None:
    stop, abandoned = StopFlag(), threading.Event()
    heartbeat = Heartbeat(
        status=StatusFile(tmp_path / "status.json"),
        stop=stop,
        supervisor=ended_process(),
        seconds=2.0,
        abandon=abandoned.set,
    )
    heartbeat.start()
    assert abandoned.wait(timeout=2.0)
    assert stop.is_set()
    assert stop.supervisor_lost


def test_a_living_supervisor_is_left_in_peace(tmp_path: Path) -> None:
    stop = StopFlag()
    heartbeat = Heartbeat(
        status=StatusFile(tmp_path / "status.json"),
        stop=stop,
        supervisor=Supervisor.of(os.getpid()),
        seconds=0.1,
        abandon=stop.set,
    )
    heartbeat.start()
    wait_until((tmp_path / "status.json").exists, seconds=5)
    heartbeat.end()
    assert not stop.is_set()


def test_a_process_that_reuses_the_number_is_not_the_supervisor() -> None:
    assert Supervisor(os.getpid(), started="1").is_gone()
