"""Where runs and models keep their files: under the artifact folder, stored by paths relative to it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings

from curation.models import ModelVersion
from training_jobs.models import TrainingRun
from training_jobs.trainer.run_directory import RunDirectory

# What the row of a base model says of a random one, so that no run on it can pass for more than it is.
RANDOM_TERMS = "random weights, made by Harken"
LOG_NAME = "log.txt"


def artifact_path(stored: str) -> Path:
    """Return where a stored path lies; an absolute one, which an admin named, stays as it is."""
    return Path(settings.MEDIA_ROOT) / stored


def stored_path(path: Path) -> str:
    """Return a path as it is stored: relative to the artifact folder if it lies in it, for a restore may move that."""
    root = Path(settings.MEDIA_ROOT)
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def run_folder(run: TrainingRun) -> Path:
    """Return the run directory of a run."""
    return artifact_path(f"training_runs/{run.uuid}")


def log_path(run: TrainingRun) -> Path:
    """Return where the trainer's output goes."""
    return run_folder(run) / LOG_NAME


def skipped_rows(run: TrainingRun) -> Mapping[str, Any]:
    """Return what became of the rows of each split in the trainer; empty before it looked."""
    path = RunDirectory(run_folder(run)).skipped_rows
    try:
        found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found


def is_random(model: ModelVersion) -> bool:
    """Return whether a base model's weights are noise."""
    return model.terms == RANDOM_TERMS


def folder_bytes(folder: Path) -> int:
    """Return the size of the files in a folder, which may shrink meanwhile."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += path.stat().st_size if path.is_file() else 0
    return total


def weights_sha256(folder: Path) -> str:
    """Return the sha256 of a folder's safetensors files, one after another: of a single file, what sha256sum prints."""
    digest = sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
