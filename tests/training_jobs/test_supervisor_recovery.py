"""A worker that is killed in the middle of a real training costs no more than the steps since the last checkpoint."""

from pathlib import Path

import pytest

from curation.models import DatasetVersion, ModelVersion
from tests.training_jobs.run_setup import await_state, make_run, start_worker
from training_jobs.domain.states import AttemptEnding, RunState
from training_jobs.models import Evaluation, Measurement, TrainingRun
from training_jobs.services.processes import processes_of
from training_jobs.services.runs import sweep_runs

STEPS = 400


@pytest.fixture
def run(committed_version: DatasetVersion) -> TrainingRun:
    """A waiting run on the tiny model, long enough to be killed in."""
    return make_run(committed_version, max_steps=STEPS, checkpoint_every=10)


@pytest.mark.slow
def test_a_run_whose_worker_is_killed_resumes_and_succeeds_once(run: TrainingRun, artifacts: Path) -> None:
    worker = start_worker(artifacts)
    await_state(run, RunState.RUNNING, step=30)
    worker.kill()
    worker.wait()

    assert sweep_runs()[0] == 1
    assert processes_of(str(run.uuid)) == []
    assert start_worker(artifacts).wait(timeout=120) == 0

    run.refresh_from_db()
    first, second = run.attempts.order_by("number")
    assert run.state == RunState.SUCCEEDED, run.error_sentence
    assert (first.ending, second.ending) == (AttemptEnding.LOST, AttemptEnding.FINISHED)
    assert second.resumed_from_step is not None
    assert 30 <= second.resumed_from_step < STEPS
    assert processes_of(str(run.uuid)) == []
    assert Evaluation.objects.filter(run=run).count() == 1
    assert ModelVersion.objects.filter(kind=ModelVersion.Kind.ADAPTER).count() == 1
    steps = Measurement.objects.filter(run=run, split="train", name="loss").values_list("step", flat=True)
    assert set(steps) == set(range(1, STEPS + 1))
