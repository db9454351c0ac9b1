"""Files of a run for the browser: a piece of its log, its adapter as an archive, its model card."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from training_jobs.models import TrainingRun

LOG_PIECE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPiece:
    """A piece of a log and the offset behind it; `is_cut` where it does not begin with the log."""

    text: str
    after: int
    is_cut: bool = False


def read_log(path: Path, *, after: int | None) -> LogPiece:
    """Return what the log holds from an offset on, or its end; a log that was cut meanwhile is read from its start."""
    if not path.exists():
        return LogPiece(text="", after=0)
    size = path.stat().st_size
    start = max(0, size - LOG_PIECE_BYTES) if after is None else after if after <= size else 0
    with path.open("rb") as file:
        file.seek(start)
        piece = file.read(LOG_PIECE_BYTES)
    is_cut = after is None and start > 0
    shown = piece.partition(b"\n")[2] if is_cut else piece
    return LogPiece(text=shown.decode("utf-8", "replace"), after=start + len(piece), is_cut=is_cut)


def adapter_archive(run: TrainingRun, *, adapter: Path, base_model: Path | None) -> IO[bytes]:
    """Return a zip of the adapter's folder, with the base model in it where nobody else could have that."""
    archive = TemporaryFile()  # noqa: SIM115 - the response closes it
    # Weights do not compress, so nothing is gained by trying.
    with zipfile.ZipFile(archive, "w", compression=zipfile.ZIP_STORED) as packed:
        _add_folder(packed, adapter, Path(f"{run.objective}-adapter"))
        if base_model is not None:
            _add_folder(packed, base_model, Path(f"{run.objective}-adapter") / "base_model")
    archive.seek(0)
    return archive


def _add_folder(packed: zipfile.ZipFile, folder: Path, name: Path) -> None:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        packed.write(path, name / path.relative_to(folder))
