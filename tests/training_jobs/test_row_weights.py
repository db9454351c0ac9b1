"""Rows count in the loss what they weigh."""

import json
from pathlib import Path

import pytest
import torch

from curation.models import DatasetRow, Project
from curation.services.versions.datasets import ensure_dataset, freeze_dataset
from tests.cast import make_pair
from tests.curation.measure_cases import make_measure, run_measure
from tests.training_jobs.run_setup import make_run as make_training_run
from tests.training_jobs.trainer_setup import (
    HELD_OUT,
    TRAINED,
    corpus,
    make_learnable_rows,
    make_run,
    read_json,
    train_here,
)
from training_jobs.services.run_directories import prepare_run_directory
from training_jobs.trainer.failures import TrainerError
from training_jobs.trainer.rows import read_rows, read_weights
from training_jobs.trainer.tiny_model import build_tiny_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return build_tiny_model(tmp_path_factory.mktemp("tiny"), texts=corpus())


def write_weights(run: Path, weights: dict[str, float]) -> None:
    (run / "rows" / "weights.json").write_text(json.dumps(weights), encoding="utf-8")


def test_contradictions_are_learned_over_where_they_weigh_next_to_nothing(
    model: Path, tmp_path: Path
) -> None:
    rows = make_learnable_rows(192, topics=TRAINED, flip_every=2)
    held_out = make_learnable_rows(100, topics=HELD_OUT, seed=2)
    settings = {"lora": None, "max_steps": 40, "batch_size": 16, "learning_rate": 1e-3, "warmup_steps": 5}
    run = make_run(tmp_path / "run", model=model, train=rows, held_out=held_out, **settings)
    write_weights(run, {row["id"]: 0.01 if number % 2 == 0 else 1.0 for number, row in enumerate(rows)})
    train_here(run)
    assert read_json(run / "evaluation.json")["policy_ranking"] > 0.9


def test_equal_weights_are_no_weights(model: Path, tmp_path: Path) -> None:
    rows = make_learnable_rows(16, topics=TRAINED)
    losses = []
    for name, weight in (("plain", None), ("weighed", 0.25)):
        run = make_run(tmp_path / name, model=model, train=rows, max_steps=2)
        if weight:
            write_weights(run, {row["id"]: weight for row in rows})
        train_here(run)
        lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        losses.append([json.loads(line)["values"]["loss"] for line in lines])
    assert losses[0] == pytest.approx(losses[1], abs=1e-6)


@pytest.mark.parametrize("weights", ['{"a": 0}', '{"a": -1}', '{"a": NaN}', "[1]", "{"])
def test_weights_that_are_none_are_refused(tmp_path: Path, weights: str) -> None:
    (tmp_path / "weights.json").write_text(weights, encoding="utf-8")
    with pytest.raises(TrainerError, match="a weight above 0"):
        read_weights(tmp_path / "weights.json")


def test_a_version_with_weights_hands_them_to_the_trainer(project: Project) -> None:
    for number in range(4):
        pair = make_pair(project, question=f"Question {number}?", chosen="Yes.", rejected=f"No {number}.")
        assert pair.pk
    make_pair(project, question="Another?", chosen="Sorry.", rejected="No.")
    run_measure(make_measure(project))
    recipe = {
        "sources": ["mined"],
        "weight_by": "criteria: answers",
        "splits": {"train": 1.0, "validation": 0.0, "test": 0.0},
    }
    dataset = ensure_dataset(project=project, name="weighed", recipe=recipe, actor=None)
    version = freeze_dataset(dataset=dataset)
    directory = prepare_run_directory(make_training_run(version, actor=None))
    rows = read_rows(directory.rows("train"), weights=read_weights(directory.weights))
    frozen = DatasetRow.objects.filter(version=version).order_by("position")
    assert [row.weight for row in rows] == [row.values["weight"] for row in frozen]
    assert sorted({row.weight for row in rows}) == [0.5, 1.0]
