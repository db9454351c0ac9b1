"""Checkpoints that are either whole or not there: written aside, renamed, then marked COMPLETE."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

from training_jobs.trainer.run_directory import write_whole

MARKER = "COMPLETE"
PREFIX = "step-"
STAGING = ".staging"

# Pickles that nobody needs to resume, so nobody should have to trust.
UNWANTED = ("training_args.bin", "README.md")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A checkpoint that its marker calls complete."""

    path: Path
    step: int
    files: Mapping[str, Mapping[str, Any]]
    configuration: Mapping[str, Any]

    def is_intact(self) -> bool:
        """Say whether every file still has the size and sha256 it was saved with."""
        return all(_is_as_recorded(self.path / name, recorded) for name, recorded in self.files.items())


def publish_checkpoint(
    saved: Path, *, folder: Path, step: int, configuration: Mapping[str, Any]
) -> Checkpoint:
    """Move a finished folder to `folder/step-N` and mark it: the marker holds the files' sizes and sha256."""
    for name in UNWANTED:
        (saved / name).unlink(missing_ok=True)
    saved_files = sorted(path for path in saved.iterdir() if path.is_file())
    for path in saved_files:
        _sync(path)
    files = {path.name: _describe(path) for path in saved_files}
    target = folder / f"{PREFIX}{step}"
    shutil.rmtree(target, ignore_errors=True)  # only a damaged or unmarked one can be in the way
    saved.rename(target)
    _sync(folder)
    write_whole(target / MARKER, {"schema": 1, "step": step, "configuration": configuration, "files": files})
    _sync(target)
    return Checkpoint(path=target, step=step, files=files, configuration=configuration)


def complete_checkpoints(folder: Path) -> list[Checkpoint]:
    """Return the marked checkpoints, newest first."""
    found = [one for one in (_read(path) for path in folder.glob(f"{PREFIX}*")) if one]
    return sorted(found, key=lambda one: one.step, reverse=True)


def newest_intact(folder: Path) -> Checkpoint | None:
    """Return the newest complete checkpoint whose files are all as they were saved, or None."""
    return next(_intact(folder), None)


def prune_checkpoints(folder: Path, *, keep: int) -> None:
    """Delete all but the newest `keep` complete checkpoints, and whatever was never completed."""
    kept = {one.path for one in complete_checkpoints(folder)[:keep]}
    for path in folder.glob(f"{PREFIX}*"):
        if path not in kept:
            shutil.rmtree(path, ignore_errors=True)


def _intact(folder: Path) -> Iterator[Checkpoint]:
    return (one for one in complete_checkpoints(folder) if one.is_intact())


def _read(path: Path) -> Checkpoint | None:
    try:
        marked = json.loads((path / MARKER).read_text(encoding="utf-8"))
        return Checkpoint(
            path=path, step=marked["step"], files=marked["files"], configuration=marked["configuration"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _describe(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": file_digest(file, "sha256").hexdigest()}


def _is_as_recorded(path: Path, recorded: Mapping[str, Any]) -> bool:
    try:
        return path.stat().st_size == recorded["bytes"] and _describe(path) == recorded
    except OSError:
        return False


def _sync(path: Path) -> None:
    """Make a file's content, or a folder's names, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
