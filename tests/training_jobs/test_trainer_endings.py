"""However a run ends, its exit code and its status say why, in one sentence."""

import errno
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training_jobs.trainer_setup import make_run, read_json
from training_jobs.trainer.__main__ import conclude, run
from training_jobs.trainer.failures import ExitCode, StopRequestedError, TrainerError
from training_jobs.trainer.run_directory import MetricsLog, RunDirectory, StatusFile
from training_jobs.trainer.supervision import StopFlag

ENDINGS: list[tuple[Exception, int, str]] = [
    (TrainerError("No.", code="bad_rows"), 1, "bad_rows"),
    (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), 42, "gpu_out_of_memory"),
    (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling"), 42, "gpu_out_of_memory"),
    (MemoryError(), 1, "out_of_memory"),
    (OSError(errno.ENOSPC, "No space left on device"), 1, "disk_full"),
    (ZeroDivisionError("secret words of a user"), 1, "unexpected"),
]


def concluded(error: Exception, *, folder: Path) -> tuple[int, dict[str, Any]]:
    """Return the exit code and the status of a run that met `error`."""

    def fail() -> None:
        raise error

    code = conclude(fail, status=StatusFile(folder / "status.json"), stop=StopFlag())
    return code, read_json(folder / "status.json")


@pytest.mark.parametrize(("error", "expected", "code"), ENDINGS)
def test_a_failure_has_an_exit_code_and_one_sentence(
    tmp_path: Path, error: Exception, expected: int, code: str
) -> None:
    exit_code, status = concluded(error, folder=tmp_path)
    assert (exit_code, status["state"], status["error"]["code"]) == (expected, "failed", code)
    assert "Traceback" not in status["error"]["sentence"]
    assert "secret" not in status["error"]["sentence"]


def test_a_stop_is_not_a_failure(tmp_path: Path) -> None:
    exit_code, status = concluded(StopRequestedError(), folder=tmp_path)
    assert (exit_code, status["state"], status["error"]) == (75, "stopped", None)


def test_a_bad_configuration_ends_a_run_before_anything_is_loaded(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", model=tmp_path, train=[], max_steps=0)
    directory, stop = RunDirectory(folder), StopFlag()
    status = StatusFile(directory.status)
    code = conclude(lambda: run(directory, status=status, stop=stop), status=status, stop=stop)
    assert code == ExitCode.FAILED
    assert "max_steps must be a whole number" in read_json(directory.status)["error"]["sentence"]


def test_a_supervisor_that_is_no_number_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARKEN_SUPERVISOR_PID", "me")
    directory = RunDirectory(make_run(tmp_path / "run", model=tmp_path, train=[]))
    with pytest.raises(TrainerError, match="HARKEN_SUPERVISOR_PID must be a process id, not 'me'"):
        run(directory, status=StatusFile(directory.status), stop=StopFlag())


def test_a_distributed_launch_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(TrainerError, match="one process on one GPU"):
        run(RunDirectory(tmp_path), status=StatusFile(tmp_path / "status.json"), stop=StopFlag())


def test_an_unfinished_line_of_metrics_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"step": 1}\n{"step": 2, "va')
    MetricsLog(path).append(step=2, split="train", values={"loss": float("nan"), "margin": 1.0})
    first, second = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    assert first == {"step": 1}
    assert second["values"] == {"loss": None, "margin": 1.0}
