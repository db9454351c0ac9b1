"""The commands of training: what they print, and how they refuse."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from curation.models import DatasetVersion, Heartbeat
from tests.training_jobs.run_setup import fake_trainer, make_base_model, make_run, start_worker
from training_jobs.domain.states import RunState
from training_jobs.models import TrainingRun
from training_jobs.services.supervision import work_through_runs


def report(name: str, *arguments: str, **options: Any) -> dict[str, Any]:
    """Run a command and return the JSON object of its last line."""
    output = StringIO()
    call_command(name, *arguments, json=True, stdout=output, **options)
    found: dict[str, Any] = json.loads(output.getvalue().splitlines()[-1])
    return found


@pytest.fixture
def finished(version: DatasetVersion, base_model: str) -> TrainingRun:
    """A run that a fake trainer finished."""
    run = make_run(version, base_model=base_model)
    work_through_runs(worker_name="w", run=run, program=fake_trainer("finish"))
    run.refresh_from_db()
    return run


def test_training_without_waiting_queues_the_run(version: DatasetVersion, base_model: str) -> None:
    found = report("train_model", str(version), project=version.project.slug, base_model=base_model)
    assert found == {
        "run": str(TrainingRun.objects.get().uuid),
        "state": "queued",
        "metrics": {},
        "adapter": None,
    }


def test_settings_are_given_as_key_and_value(version: DatasetVersion, base_model: str) -> None:
    assignments = ["max_steps=3", "beta=0.3", "schedule=cosine"]
    report("train_model", str(version), project="shared", base_model=base_model, assignments=assignments)
    config = TrainingRun.objects.get().config
    assert (config["max_steps"], config["objective_settings"]["beta"], config["schedule"]) == (
        3,
        0.3,
        "cosine",
    )


def test_an_equal_run_that_has_not_ended_is_followed_rather_than_doubled(
    version: DatasetVersion, base_model: str
) -> None:
    first, second = (
        report("train_model", str(version), project="shared", base_model=base_model)["run"] for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"version": "nothing@1"}, "has no frozen version nothing@1"),
        ({"objective": "nope"}, "No objective is named 'nope'"),
        ({"assignments": ["max_steps"]}, "written key=value"),
        ({"assignments": ["max_steps=-1"]}, "max_steps must be"),
    ],
)
def test_what_cannot_be_trained_is_bad_input(
    version: DatasetVersion, base_model: str, arguments: dict[str, Any], words: str
) -> None:
    asked = {"version": str(version), "project": "shared", "base_model": base_model, **arguments}
    with pytest.raises(CommandError, match=words) as refusal:
        call_command("train_model", asked.pop("version"), **asked)
    assert refusal.value.returncode == 2


def test_waiting_follows_a_worker_that_is_alive(committed_version: DatasetVersion, artifacts: Path) -> None:
    Heartbeat.objects.create(name="worker:training", seen_at=timezone.now())
    base_model = make_base_model(artifacts / "stand-in")
    run = make_run(committed_version, base_model=base_model)
    worker = start_worker(artifacts, program=fake_trainer("finish"))
    assignments = [
        f"{key}={run.config[key]}"
        for key in ("max_steps", "batch_size", "checkpoint_every", "evaluate_every")
    ]
    found = report(
        "train_model",
        str(committed_version),
        project="shared",
        base_model=base_model,
        assignments=assignments,
        wait=True,
    )
    assert (found["run"], found["state"]) == (str(run.uuid), "succeeded")
    assert Path(found["adapter"], "adapter_model.safetensors").exists()
    assert worker.wait(timeout=20) == 0


def test_waiting_for_a_run_that_fails_says_why_with_status_one(
    version: DatasetVersion, artifacts: Path
) -> None:
    """The real trainer, in the foreground: a folder that only looks like a model cannot be loaded."""
    base_model = make_base_model(artifacts / "stand-in")
    with pytest.raises(CommandError, match="cannot be loaded") as failure:
        call_command("train_model", str(version), project="shared", base_model=base_model, wait=True)
    assert failure.value.returncode == 1
    assert TrainingRun.objects.get().state == RunState.FAILED


def test_an_evaluation_is_computed_again_from_the_stored_rows(finished: TrainingRun) -> None:
    found = report("evaluate_model", str(finished.uuid))
    assert (found["n"], found["preference_accuracy"]) == (1, 1.0)
    assert found["reward_margin"] == pytest.approx(0.1)
    assert len(found["interval"]) == 2


def test_a_run_that_has_not_succeeded_cannot_be_evaluated(version: DatasetVersion, base_model: str) -> None:
    run = make_run(version, base_model=base_model)
    with pytest.raises(CommandError, match="This run is queued") as refusal:
        call_command("evaluate_model", str(run.uuid))
    assert refusal.value.returncode == 2


@pytest.mark.parametrize("text", ["nonsense", "0192f0c1-0000-7000-8000-000000000000"])
def test_a_run_that_is_not_there_is_bad_input(db: None, text: str) -> None:
    with pytest.raises(CommandError, match="There is no run") as refusal:
        call_command("evaluate_model", text)
    assert refusal.value.returncode == 2


def test_a_tiny_model_is_not_built_over_something_else(db: None, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CommandError, match="is not empty") as refusal:
        call_command("create_tiny_model", out=tmp_path)
    assert refusal.value.returncode == 2
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.slow
def test_the_whole_way_in_the_foreground(version: DatasetVersion, artifacts: Path, tmp_path: Path) -> None:
    """The tiny model is built, trained on, evaluated and named for what it is, without a worker or the network."""
    made = report("create_tiny_model", out=tmp_path / "tiny", texts_of=str(version), project="shared")
    assignments = ["max_steps=4", "batch_size=2"]
    found = report(
        "train_model",
        str(version),
        project="shared",
        base_model=made["path"],
        assignments=assignments,
        wait=True,
    )
    assert (found["state"], found["metrics"]["title"]) == ("succeeded", "agreement with the miner")
    card = Path(found["adapter"], "README.md").read_text(encoding="utf-8")
    assert "a random tiny model: this proves the pipeline, not quality" in card
    evaluated = report("evaluate_model", found["run"])
    assert evaluated["preference_accuracy"] == found["metrics"]["preference_accuracy"]
