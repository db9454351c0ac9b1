"""Processes of this machine: who we are, whether a process is still the one it was, and how a group is ended."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psutil

# The kernel rounds start times to its clock ticks, and the wall clock may be corrected by a little meanwhile.
SAME_START_SECONDS = 2.0
RUN_VARIABLE = "HARKEN_TRAINING_RUN"
ATTEMPT_VARIABLE = "HARKEN_TRAINING_ATTEMPT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A host as its processes see it; equal machines see the same process table."""

    host: str
    boot_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessMark:
    """A process, told apart from a later one of the same number by its start."""

    pid: int
    started_at: datetime


def this_machine() -> Machine:
    """Return this host, its boot and its process namespace."""
    return Machine(host=socket.gethostname(), boot_id=f"{_boot_id()}/{_process_namespace()}")


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return f"{psutil.boot_time():.0f}"


def _process_namespace() -> str:
    try:
        return str(os.stat("/proc/self/ns/pid").st_ino)
    except OSError:
        return "0"


def mark_of(pid: int) -> ProcessMark | None:
    """Return the mark of a running process, or None where it is gone."""
    try:
        started = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None
    return ProcessMark(pid=pid, started_at=datetime.fromtimestamp(started, UTC))


def is_alive(mark: ProcessMark) -> bool:
    """Return whether that very process still runs; a zombie does not."""
    found = mark_of(mark.pid)
    if found is None or abs((found.started_at - mark.started_at).total_seconds()) > SAME_START_SECONDS:
        return False
    return _status(mark.pid) not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD, "gone"}


def _status(pid: int) -> str:
    try:
        return str(psutil.Process(pid).status())
    except psutil.NoSuchProcess:
        return "gone"


def processes_of(run: str, *, attempt: str = "", leader: ProcessMark | None = None) -> list[psutil.Process]:
    """Return what runs of a run's trainer, or of one attempt at it: its leader by mark, others by their environment."""
    wanted = {RUN_VARIABLE: run, **({ATTEMPT_VARIABLE: attempt} if attempt else {})}
    return [process for process in psutil.process_iter() if _belongs(process, wanted, leader)]


def _belongs(process: psutil.Process, wanted: Mapping[str, str], leader: ProcessMark | None) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        if leader is not None and process.pid == leader.pid:
            return is_alive(leader)
        return bool(wanted.items() <= process.environ().items())
    except (psutil.Error, OSError):
        return False


def end_processes(
    run: str,
    *,
    attempt: str = "",
    leader: ProcessMark | None = None,
    grace_seconds: float,
    while_waiting: Callable[[], object] = lambda: None,
) -> bool:
    """Ask these processes to stop, kill them after the grace, and return whether they are seen gone."""
    find = partial(processes_of, run, attempt=attempt, leader=leader)
    _signal_all(find(), signal.SIGTERM)
    if _await_end(find, grace_seconds, while_waiting):
        return True
    _signal_all(find(), signal.SIGKILL)
    return _await_end(find, 10, while_waiting)


def _signal_all(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _await_end(
    find: Callable[[], list[psutil.Process]], seconds: float, while_waiting: Callable[[], object]
) -> bool:
    deadline = time.monotonic() + seconds
    while find():
        if time.monotonic() >= deadline:
            return False
        while_waiting()
        time.sleep(0.1)
    return True
