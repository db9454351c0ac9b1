"""The run directory: what the trainer finds in it, and what is taken out of it afterwards."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from curation.domain.exporters.dataset_rows import DatasetRowRecord
from curation.exporters import load_exporter
from curation.queries.versions.version_rows import version_rows
from training_jobs.models import TrainingRun
from training_jobs.queries.artifacts import artifact_path, run_folder
from training_jobs.services.base_models import ensure_tiny_model, tiny_model_of
from training_jobs.trainer.run_directory import SPLITS, RunDirectory, write_whole

LOG_CAP_BYTES = 20 * 1024**2
LOG_KEPT_BYTES = 2 * 1024**2


def prepare_run_directory(
    run: TrainingRun, *, while_waiting: Callable[[], object] = lambda: None
) -> RunDirectory:
    """Write the configuration and the rows, and build the tiny model where the run wants one; raises HarkenError."""
    directory = RunDirectory(run_folder(run))
    directory.path.mkdir(parents=True, exist_ok=True)
    if run.base_model.path == tiny_model_of(run.version).path:
        ensure_tiny_model(run.version, while_waiting=while_waiting)
    write_whole(directory.config, launch_configuration(run))
    # An attempt before this one may have left its last word; the new trainer must not be taken for it.
    directory.status.unlink(missing_ok=True)
    weights: dict[str, float] = {}
    for split in SPLITS:
        rows = _weighed(_renewing(version_rows(run.version, split=split), while_waiting), weights)
        load_exporter("trl_preference").write(rows, path=directory.rows(split))
    directory.weights.unlink(missing_ok=True)
    if weights:
        write_whole(directory.weights, weights)
    return directory


def launch_configuration(run: TrainingRun) -> dict[str, object]:
    """Return the frozen configuration with the base model's place on this machine."""
    local = artifact_path(run.base_model.path)
    base_model = str(local) if local.exists() else run.base_model.path
    return {**run.config, "base_model": base_model}


def _weighed(rows: Iterator[DatasetRowRecord], weights: dict[str, float]) -> Iterator[DatasetRowRecord]:
    """Note what the rows weigh while they are written."""
    for row in rows:
        if row.weight is not None:
            weights[row.id] = row.weight
        yield row


def _renewing(
    rows: Iterator[DatasetRowRecord], while_waiting: Callable[[], object]
) -> Iterator[DatasetRowRecord]:
    for row in rows:
        while_waiting()
        yield row


def forget_rows(directory: RunDirectory) -> None:
    """Take the conversations' text out of the run directory: a withdrawal would not find it here."""
    shutil.rmtree(directory.path / "rows", ignore_errors=True)


def cap_log(path: Path) -> None:
    """Keep only the end of a log that has grown too long; the trainer appends, so it goes on after the cut."""
    if not path.exists() or path.stat().st_size <= LOG_CAP_BYTES:
        return
    with path.open("rb") as file:
        file.seek(-LOG_KEPT_BYTES, os.SEEK_END)
        kept = file.read()
    with path.open("r+b") as file:
        file.truncate(0)
        file.write(b"(The beginning of this log was cut.)\n" + kept)
