"""The embedded PostgreSQL: its address for the settings, and its command for the Procfile.

`python -m config.embedded.postgres` runs it in the foreground until a signal comes; `start`, `stop` and `status` are
for hands.
"""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from config.embedded.errors import EmbeddedPostgresError
from config.embedded.locations import data_folder, find_site, say, socket_folder, var_folder
from config.embedded.server import RunningServer, join_or_start, running_pid, start_lock, stop_server


def database_url(role: Literal["owner", "app"], *, var: Path | None = None) -> str:
    """Return the address of the embedded database for the owner of the tables or for the app, which owns nothing."""
    folder = socket_folder(var or var_folder())
    return f"postgresql://harken_{role}@/harken?host={quote(str(folder))}&port=5432"


def postgres_program(name: str, *, var: Path | None = None) -> Path:
    """Return the path of one of PostgreSQL's own programs, such as pg_dump, in the version of the server."""
    var = var or var_folder()
    with start_lock(var):
        return find_site(var).programs / "bin" / name


@contextmanager
def running_postgres(var: Path | None = None) -> Iterator[None]:
    """Have the server running inside the block: join the one that runs, or start one and stop it afterwards."""
    var = var or var_folder()
    server = join_or_start(var)
    try:
        yield
    finally:
        if server.is_ours:
            stop_server(var, pid=server.pid)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m config.embedded.postgres", description=__doc__)
    commands = {"run": _run, "start": _start, "stop": _stop, "status": _status}
    parser.add_argument("command", nargs="?", default="run", choices=commands)
    chosen = parser.parse_args(arguments).command
    try:
        return commands[chosen](var_folder())
    except EmbeddedPostgresError as error:
        say(str(error))
        return 1


def _run(var: Path) -> int:
    """Keep the server up until SIGTERM or SIGINT; where another process runs it, stand by and take over after it."""
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    if _uses_another_database(var):
        say("DATABASE_URL names another PostgreSQL, so the embedded one is not started.")
        asked_to_stop.wait()
        return 0
    while not asked_to_stop.is_set():
        server = join_or_start(var)
        say(f"PostgreSQL {'is ready' if server.is_ours else 'runs already'} (process {server.pid}).")
        _watch(server, var=var, asked_to_stop=asked_to_stop)
        if server.is_ours and not asked_to_stop.is_set():
            say(
                f"PostgreSQL ended by itself. {var / 'postgres.log'} says why; starting again recovers the tables."
            )
            return 1
    return 0


def _watch(server: RunningServer, *, var: Path, asked_to_stop: threading.Event) -> None:
    """Return when the server is gone, which is this function's own doing when somebody asked."""
    while running_pid(var) == server.pid:
        if asked_to_stop.wait(0.25):
            if server.is_ours:
                stop_server(var, pid=server.pid)
            return


def _uses_another_database(var: Path) -> bool:
    url = os.environ.get("DATABASE_URL", "")
    return bool(url) and str(socket_folder(var)) not in url


def _start(var: Path) -> int:
    server = join_or_start(var, outlives_caller=True)
    say(f"PostgreSQL {'is ready' if server.is_ours else 'runs already'} (process {server.pid}).")
    return 0


def _stop(var: Path) -> int:
    pid = running_pid(var)
    if pid is None:
        say("PostgreSQL does not run.")
        return 0
    stop_server(var, pid=pid)
    say("PostgreSQL has stopped.")
    return 0


def _status(var: Path) -> int:
    pid = running_pid(var)
    if pid is None:
        say("PostgreSQL does not run. Start it with `make run`.")
        return 3  # what service commands return for "not running"
    say(
        f"PostgreSQL runs as process {pid}, with its tables in {data_folder(var)} "
        f"and its socket in {socket_folder(var)}."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
