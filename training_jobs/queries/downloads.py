"""What of a run may be taken away."""

from pathlib import Path

from training_jobs.models import TrainingRun
from training_jobs.queries.artifacts import artifact_path, is_random


def adapter_folder(run: TrainingRun) -> Path | None:
    """Return the folder of a run's adapter, or None where there is none (any more)."""
    folder = artifact_path(run.adapter.path) if run.adapter else None
    return folder if folder is not None and folder.is_dir() else None


def packed_base_model(run: TrainingRun) -> Path | None:
    """Return the folder of a base model that only this installation has: the random one."""
    folder = artifact_path(run.base_model.path)
    return folder if is_random(run.base_model) and folder.is_dir() else None
