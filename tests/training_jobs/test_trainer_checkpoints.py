"""Checkpoints are whole or not there, and a run resumes from the newest that is whole."""

from pathlib import Path

import pytest

from training_jobs.trainer.checkpoints import (
    complete_checkpoints,
    newest_intact,
    prune_checkpoints,
    publish_checkpoint,
)


def make_checkpoint(folder: Path, step: int) -> Path:
    """Publish a checkpoint with some weights in it."""
    saved = folder / ".staging" / f"checkpoint-{step}"
    saved.mkdir(parents=True)
    (saved / "adapter_model.safetensors").write_bytes(b"weights" * step)
    (saved / "training_args.bin").write_bytes(b"a pickle")
    return publish_checkpoint(saved, folder=folder, step=step, configuration={"seed": 7}).path


def newest_step(folder: Path) -> int | None:
    """Return the step that a run would resume from."""
    checkpoint = newest_intact(folder)
    return checkpoint.step if checkpoint else None


def test_the_newest_complete_checkpoint_is_taken(tmp_path: Path) -> None:
    for step in (5, 20, 10):
        make_checkpoint(tmp_path, step)
    assert newest_step(tmp_path) == 20
    assert [one.step for one in complete_checkpoints(tmp_path)] == [20, 10, 5]


def test_an_unmarked_checkpoint_is_passed_over(tmp_path: Path) -> None:
    make_checkpoint(tmp_path, 5)
    (make_checkpoint(tmp_path, 10) / "COMPLETE").unlink()
    assert newest_step(tmp_path) == 5


@pytest.mark.parametrize("damage", [b"", b"weightX" * 10])
def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path, damage: bytes) -> None:
    make_checkpoint(tmp_path, 5)
    (make_checkpoint(tmp_path, 10) / "adapter_model.safetensors").write_bytes(damage)
    assert newest_step(tmp_path) == 5


def test_a_missing_file_or_a_broken_marker_is_passed_over(tmp_path: Path) -> None:
    make_checkpoint(tmp_path, 5)
    (make_checkpoint(tmp_path, 10) / "adapter_model.safetensors").unlink()
    (make_checkpoint(tmp_path, 15) / "COMPLETE").write_text("{}", encoding="utf-8")
    assert newest_step(tmp_path) == 5


def test_without_checkpoints_a_run_begins_anew(tmp_path: Path) -> None:
    assert newest_intact(tmp_path / "checkpoints") is None


def test_a_half_written_one_in_the_way_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "step-5").mkdir()
    (tmp_path / "step-5" / "adapter_model.safetensors").write_bytes(b"half")
    make_checkpoint(tmp_path, 5)
    assert newest_step(tmp_path) == 5


def test_no_pickled_settings_are_kept(tmp_path: Path) -> None:
    assert not (make_checkpoint(tmp_path, 5) / "training_args.bin").exists()


def test_pruning_keeps_the_newest_and_drops_what_was_never_completed(tmp_path: Path) -> None:
    for step in (5, 10, 15):
        make_checkpoint(tmp_path, step)
    (tmp_path / "step-20").mkdir()
    prune_checkpoints(tmp_path, keep=2)
    assert sorted(path.name for path in tmp_path.glob("step-*")) == ["step-10", "step-15"]
