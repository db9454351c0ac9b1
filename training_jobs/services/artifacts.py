"""Where runs and models keep their files: under the artifact folder, stored by paths relative to it."""

from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from training_jobs.models import TrainingRun


def artifact_path(stored: str) -> Path:
    """Return where a stored path lies; an absolute one, which an admin named, stays as it is."""
    return Path(settings.MEDIA_ROOT) / stored


def stored_path(path: Path) -> str:
    """Return a path as it is stored: relative to the artifact folder where it lies in it, so that a restore may move it."""
    root = Path(settings.MEDIA_ROOT)
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def run_folder(run: TrainingRun) -> Path:
    """Return the run directory of a run."""
    return artifact_path(f"training_runs/{run.uuid}")


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
