"""Starting and stopping the server: one start at a time, and nothing left behind."""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from config.embedded.accounts import account_options
from config.embedded.errors import EmbeddedPostgresError
from config.embedded.locations import Site, data_folder, find_site, socket_folder
from config.embedded.provisioning import ensure_cluster, provision, superuser_connection
from config.embedded.tuning import server_settings

START_WAIT = 120.0  # seconds; recovery after a crash in the middle of a large import can take that long
STOP_WAIT = 30.0  # seconds until a fast shutdown is taken for stuck
CLIENT_WAIT = 2.5  # seconds for other processes to leave; honcho kills everything after five
LOG_LIMIT = 10 * 1024**2  # bytes; a longer log is set aside once at start
PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>
# PostgreSQL's words for "the last server was killed, and one of its sessions is still busy".
STILL_IN_USE = "is still in use"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningServer:
    """A server that answers; `is_ours` where this process started it and therefore stops it."""

    pid: int
    is_ours: bool


@contextmanager
def start_lock(var: Path) -> Iterator[None]:
    """Let one process at a time start or stop the server of this folder."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "postgres.lock").open("a", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def join_or_start(var: Path, *, outlives_caller: bool = False) -> RunningServer:
    """Return the server of this folder, started when none runs; it ends with its caller unless asked otherwise."""
    with start_lock(var):
        pid = running_pid(var)
        if pid is not None:
            return RunningServer(pid=pid, is_ours=False)
        return RunningServer(pid=_start(find_site(var), outlives_caller=outlives_caller), is_ours=True)


def running_pid(var: Path) -> int | None:
    """Return the process id of the server that holds this folder's tables, or None.

    The number in postmaster.pid alone proves nothing: after a crash it may be anybody's.
    """
    data = data_folder(var)
    try:
        return _holder(data / "postmaster.pid", marked_by=str(data))
    except PermissionError as error:
        message = (
            f"{data} belongs to another user, so its PostgreSQL cannot be used from here. Start as that user."
        )
        raise EmbeddedPostgresError(message) from error


def stop_server(var: Path, *, pid: int) -> None:
    """Let other connections leave for a moment, then shut down; returns when the server is gone."""
    _wait_for_clients(var)
    with start_lock(var):
        try:
            server = psutil.Process(pid)
            server.send_signal(signal.SIGINT)  # fast: ends sessions, writes everything down
            if not _is_gone_in_time(server):
                # Immediate: the next start recovers from the write-ahead log.
                server.send_signal(signal.SIGQUIT)
                _is_gone_in_time(server)
        except psutil.NoSuchProcess:
            pass
        with suppress(OSError):  # gone already, or not empty because the server did not end well
            socket_folder(var).rmdir()


def _is_gone_in_time(server: psutil.Process) -> bool:
    """Wait for the end; a zombie counts as ended, because its parent may be slow to collect it."""
    deadline = time.monotonic() + STOP_WAIT
    while time.monotonic() < deadline:
        if server.status() == psutil.STATUS_ZOMBIE:
            with suppress(psutil.TimeoutExpired):
                server.wait(0)  # collects it where it is a child of this process
            return True
        time.sleep(0.02)
    return False


def _wait_for_clients(var: Path) -> None:
    deadline = time.monotonic() + CLIENT_WAIT
    query = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    try:
        with superuser_connection(socket_folder(var)) as connection:
            while time.monotonic() < deadline:
                counted = connection.execute(query).fetchone()
                if not counted or counted[0] == 0:
                    return
                time.sleep(0.1)
    except psycopg.OperationalError:
        return  # it is going down already, or takes no connections: there is nobody to wait for


def _holder(lock: Path, *, marked_by: str) -> int | None:
    """Return the live process that a lock file of PostgreSQL names, if that process was started with this mark."""
    try:
        pid = int(lock.read_text(encoding="utf-8").splitlines()[0])
        process = psutil.Process(pid)
        is_alive = process.status() != psutil.STATUS_ZOMBIE and any(
            marked_by in word for word in process.cmdline()
        )
    except (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess, psutil.ZombieProcess):
        return None
    return pid if is_alive else None


def _clear_stale_locks(site: Site) -> None:
    """Remove what a killed server left: PostgreSQL itself trusts any process that bears the old number.

    Nobody holds the tables: running_pid looked, and this runs under the start lock.
    """
    (site.data / "postmaster.pid").unlink(missing_ok=True)
    lock = site.socket / ".s.PGSQL.5432.lock"
    holder = _holder(lock, marked_by=str(site.socket))
    if holder is not None:
        message = (
            f"Another PostgreSQL (process {holder}) uses the socket in {site.socket}, with tables in another folder. "
            f"Stop it with `kill -INT {holder}`, then start again."
        )
        raise EmbeddedPostgresError(message)
    lock.unlink(missing_ok=True)


def _start(site: Site, *, outlives_caller: bool) -> int:
    ensure_cluster(site)
    _clear_stale_locks(site)
    deadline = time.monotonic() + START_WAIT
    pid = _launch_until_ready(site, deadline=deadline, outlives_caller=outlives_caller)
    provision(site)
    return pid


def _launch_until_ready(site: Site, *, deadline: float, outlives_caller: bool) -> int:
    while True:
        log_start = _set_long_log_aside(site.log)
        server = _launch(site, outlives_caller=outlives_caller)
        if _becomes_ready(site, server, deadline=deadline):
            return server.pid
        words = site.log.read_bytes()[log_start:].decode(errors="replace").strip()
        if STILL_IN_USE not in words or time.monotonic() > deadline:
            message = f"PostgreSQL did not start. Its last words, from {site.log}:\n{words[-2000:]}"
            raise EmbeddedPostgresError(message)
        time.sleep(0.5)


def _launch(site: Site, *, outlives_caller: bool) -> subprocess.Popen[bytes]:
    settings = [f"--{name}={value}" for name, value in server_settings(socket=site.socket).items()]
    with site.log.open("ab") as log:
        return subprocess.Popen(
            [str(site.programs / "bin" / "postgres"), "-D", str(site.data), *settings],
            cwd="/",
            env=_clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            umask=0o077,
            # A session of its own: Ctrl-C in the terminal reaches the caller, who closes the server in order.
            start_new_session=True,
            preexec_fn=None if outlives_caller else _end_with_parent(),  # noqa: PLW1509 - no threads at this point
            **account_options(site.account),
        )


def _end_with_parent() -> Callable[[], None] | None:
    """Return what asks the kernel for a fast shutdown when the parent dies, even of SIGKILL (Linux has this)."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)  # loaded before the fork: the child should do as little as possible
    return lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _becomes_ready(site: Site, server: subprocess.Popen[bytes], *, deadline: float) -> bool:
    """Wait for the server's own word in postmaster.pid; False where it ended instead."""
    while time.monotonic() < deadline:
        if server.poll() is not None:
            return False
        if _says_ready(site.data / "postmaster.pid", pid=server.pid):
            return True
        time.sleep(0.05)
    server.send_signal(signal.SIGINT)
    server.wait(STOP_WAIT)
    return False


def _says_ready(postmaster_pid: Path, *, pid: int) -> bool:
    try:
        lines = postmaster_pid.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return False
    return bool(lines) and lines[0].strip() == str(pid) and lines[-1].strip() == "ready"


def _clean_environment() -> dict[str, str]:
    """Return the environment without PG* variables, which would reach into the server."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}


def _set_long_log_aside(log: Path) -> int:
    """Keep one older log beside a long one, and return where new lines will begin."""
    if not log.exists():
        return 0
    size = log.stat().st_size
    if size < LOG_LIMIT:
        return size
    log.replace(log.with_name(f"{log.name}.1"))
    return 0
