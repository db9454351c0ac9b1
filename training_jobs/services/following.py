"""Following the files of a running trainer into the database."""

from pathlib import Path

from training_jobs.domain.run_files import TrainerStatus, parse_metrics, parse_status, whole_lines
from training_jobs.models import RunAttempt
from training_jobs.services.recording import record_checkpoints, record_measurements, record_progress
from training_jobs.services.run_directories import cap_log
from training_jobs.trainer.checkpoints import complete_checkpoints
from training_jobs.trainer.run_directory import RunDirectory

CHUNK_BYTES = 4 * 1024**2


class RunFollower:
    """Reads what is new since the last look; raises RunLostError once another attempt holds the run."""

    def __init__(self, attempt: RunAttempt, *, directory: RunDirectory, log: Path) -> None:
        self._attempt = attempt
        self._directory = directory
        self._log = log
        self._status: TrainerStatus | None = None
        self._checkpoints: frozenset[int] = frozenset()

    def read(self) -> None:
        """Take over status, metrics and checkpoints as far as they are whole."""
        self._read_status()
        while self._read_metrics():
            continue
        self._read_checkpoints()
        cap_log(self._log)

    def _read_status(self) -> None:
        status = read_status(self._directory)
        if status is not None and status != self._status:
            record_progress(attempt=self._attempt, status=status)
            self._status = status

    def _read_metrics(self) -> bool:
        """Take over the next whole lines; returns whether there were any."""
        path = self._directory.metrics
        if not path.exists():
            return False
        with path.open("rb") as file:
            file.seek(self._attempt.metrics_offset)
            lines, consumed = whole_lines(file.read(CHUNK_BYTES))
        if consumed:
            offset = self._attempt.metrics_offset + consumed
            record_measurements(attempt=self._attempt, points=parse_metrics(lines), offset=offset)
            self._attempt.metrics_offset = (
                offset  # only now: where the database failed, the same lines are read again
            )
        return bool(consumed)

    def _read_checkpoints(self) -> None:
        found = {one.step: one.path for one in complete_checkpoints(self._directory.checkpoints)}
        if frozenset(found) != self._checkpoints:
            record_checkpoints(attempt=self._attempt, found=found)
            self._checkpoints = frozenset(found)


def read_status(directory: RunDirectory) -> TrainerStatus | None:
    """Return what the trainer says of itself, or None before it said anything."""
    try:
        return parse_status(directory.status.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
