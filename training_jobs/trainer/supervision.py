"""Stopping well: on a signal, or when the supervisor is gone; and the heartbeat that says the run lives."""

import contextlib
import ctypes
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from training_jobs.trainer.failures import StopRequestedError, TrainerError
from training_jobs.trainer.run_directory import StatusFile

SUPERVISOR_VARIABLE = "HARKEN_SUPERVISOR_PID"
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class StopFlag:
    """Set once, from a signal or another thread; looked at between steps and between batches."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self.supervisor_lost = False

    def set(self) -> None:
        """Ask for a stop."""
        self._event.set()

    def is_set(self) -> bool:
        """Say whether a stop was asked for."""
        return self._event.is_set()

    def raise_if_set(self) -> None:
        """Raise StopRequestedError when the run was asked to stop."""
        if self._event.is_set():
            raise StopRequestedError


def listen_for_signals(stop: StopFlag) -> None:
    """Let SIGTERM and SIGINT ask for a stop at the next step boundary."""

    def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)


@dataclass(frozen=True, slots=True)
class Supervisor:
    """The process that started this one; its start time tells it from a later one with the same number."""

    pid: int
    started: str | None

    @classmethod
    def of(cls, pid: int) -> "Supervisor":
        """Return the process that has this number now."""
        return cls(pid, _start_time(pid))

    @classmethod
    def from_environment(cls) -> "Supervisor | None":
        """Return the supervisor named by HARKEN_SUPERVISOR_PID, if any; raises TrainerError for no number."""
        named = os.environ.get(SUPERVISOR_VARIABLE, "")
        if not named:
            return None
        if not named.isdigit():
            raise TrainerError(
                f"{SUPERVISOR_VARIABLE} must be a process id, not '{named}'.", code="bad_environment"
            )
        return cls.of(int(named))

    def is_gone(self) -> bool:
        """Say whether that very process has ended."""
        if self.started is not None:
            return _start_time(self.pid) != self.started
        return not _is_running(self.pid)


def end_with_parent() -> None:
    """Ask Linux to send SIGTERM when the parent dies; elsewhere the heartbeat alone notices."""
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    except (OSError, AttributeError):
        return


class Heartbeat(threading.Thread):
    """Renews `status.json`, and watches the supervisor.

    Once the supervisor is gone the run has the rest of one heartbeat to finish its step and save; then
    `abandon` is called, which must end the process.
    """

    def __init__(
        self,
        *,
        status: StatusFile,
        stop: StopFlag,
        supervisor: Supervisor | None,
        seconds: float,
        abandon: Callable[[], None],
    ) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._status = status
        self._stop_flag = stop
        self._supervisor = supervisor
        self._seconds = seconds
        self._abandon = abandon
        self._ended = threading.Event()

    def run(self) -> None:
        """Beat until ended; called by the thread itself."""
        next_beat = time.monotonic()
        while not self._ended.is_set():
            if self._supervisor and self._supervisor.is_gone():
                self._outlive_supervisor()
                return
            if time.monotonic() >= next_beat:
                with contextlib.suppress(OSError):  # a full disk must not end the watch over the supervisor
                    self._status.beat()
                next_beat += self._seconds
            self._ended.wait(self._tick)

    def end(self) -> None:
        """Stop beating, noting whether the supervisor is gone; the caller writes the last status."""
        # The parent-death signal can end the run before the next look.
        if self._supervisor and self._supervisor.is_gone():
            self._stop_flag.supervisor_lost = True
        self._ended.set()
        self.join()

    @property
    def _tick(self) -> float:
        return min(1.0, self._seconds / 10)

    def _outlive_supervisor(self) -> None:
        self._stop_flag.supervisor_lost = True
        self._stop_flag.set()
        if not self._ended.wait(self._seconds - 2 * self._tick):
            self._abandon()


def _start_time(pid: int) -> str | None:
    """Return when a process started, in clock ticks since boot; None where it is gone or cannot be seen."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The command name, in parentheses, may itself hold blanks and parentheses.
    state, *later = stat.rpartition(")")[2].split()
    return None if state in {"Z", "X"} else later[18]


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
