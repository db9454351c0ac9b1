"""The files of a run: where each sits, and how the ones that are read while they are written stay whole."""

import json
import math
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from training_jobs.trainer.failures import TrainerError

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """The layout of a run directory."""

    path: Path

    @property
    def config(self) -> Path:
        """What the run was told."""
        return self.path / "config.json"

    @property
    def status(self) -> Path:
        """What the run is doing."""
        return self.path / "status.json"

    @property
    def metrics(self) -> Path:
        """One line per step and evaluation."""
        return self.path / "metrics.jsonl"

    @property
    def skipped_rows(self) -> Path:
        """The rows that could not be used, and why."""
        return self.path / "skipped_rows.json"

    @property
    def evaluation(self) -> Path:
        """How the result does on held-out pairs."""
        return self.path / "evaluation.json"

    @property
    def checkpoints(self) -> Path:
        """Where a run resumes from."""
        return self.path / "checkpoints"

    @property
    def reference_logps(self) -> Path:
        """The cache of log-probabilities before training."""
        return self.path / "reference_logps"

    @property
    def adapter(self) -> Path:
        """The result: a LoRA adapter."""
        return self.path / "adapter"

    @property
    def model(self) -> Path:
        """The result of full fine-tuning: a whole model."""
        return self.path / "model"

    @property
    def weights(self) -> Path:
        """What each row counts in the loss; absent where all count the same."""
        return self.path / "rows" / "weights.json"

    def rows(self, split: Split) -> Path:
        """Return the file of one split's pairs."""
        return self.path / "rows" / f"{split}.parquet"


def utc_now() -> str:
    """Return the present time, UTC, as ISO 8601 text."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def write_whole(path: Path, content: Any) -> None:
    """Write JSON beside `path` and rename it, so that a reader sees the old file or the new one."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with aside.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1, allow_nan=False)
        file.write("\n")
    aside.replace(path)


class StatusFile:
    """`status.json`: what the run is doing, kept fresh by its heartbeat; safe to change from any thread.

    heartbeat_at says that the process lives, progress_at when the step, or the state, last changed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        now = utc_now()
        self._fields: dict[str, Any] = {
            "state": "loading",
            "step": 0,
            "total_steps": None,
            "heartbeat_at": now,
            "progress_at": now,
            "resumed_from": None,
            "error": None,
            "pid": os.getpid(),
        }

    def change(self, **changes: Any) -> None:
        """Set fields and write the file; counts as progress."""
        now = utc_now()
        self._write({**changes, "heartbeat_at": now, "progress_at": now})

    def beat(self) -> None:
        """Write the file with a fresh heartbeat."""
        self._write({"heartbeat_at": utc_now()})

    def fail(self, error: TrainerError) -> None:
        """Record why the run failed."""
        self.change(state="failed", error={"code": error.code, "sentence": error.sentence})

    def _write(self, changes: Mapping[str, Any]) -> None:
        with self._lock:
            self._fields.update(changes)
            write_whole(self._path, self._fields)


class MetricsLog:
    """`metrics.jsonl`: one JSON object a line, only ever appended.

    After a resume the steps since the checkpoint are written again; for an equal step and split the later
    line holds.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        _drop_unfinished_line(path)

    def append(self, *, step: int, split: Split, values: Mapping[str, float]) -> None:
        """Add one line; what is not a finite number is written as null."""
        shown = {name: value if math.isfinite(value) else None for name, value in values.items()}
        line = json.dumps({"time": utc_now(), "step": step, "split": split, "values": shown}, allow_nan=False)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def _drop_unfinished_line(path: Path) -> None:
    """Cut what a killed run left of its last line; readers take whole lines only, so none has seen it."""
    if not path.exists():
        return
    content = path.read_bytes()
    if content and not content.endswith(b"\n"):
        os.truncate(path, content.rfind(b"\n") + 1)
