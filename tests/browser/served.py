"""A real instance for the browser tests: the Procfile's own services, in a folder of their own, gone afterwards."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import psutil
from honcho.environ import parse_procfile

from config.embedded.locations import data_folder, socket_folder
from tests.paths import CHECKOUT

START_SECONDS = 300.0
STOP_SECONDS = 20.0
# The database outlives the others, so that they can say goodbye to it.
LAST = "database"
OWN_SETTINGS = ("HARKEN_", "DATABASE_", "CELERY_", "DJANGO_", "CORPUS", "PYTEST")


def procfile() -> Mapping[str, str]:
    """Return the command of each service, from the Procfile itself."""
    text = (CHECKOUT / "Procfile").read_text(encoding="utf-8")
    commands: dict[str, str] = dict(parse_procfile(text).processes)
    return commands


class Served:
    """One instance: its folder, its address and its processes, each in a process group of its own."""

    def __init__(self, folder: Path) -> None:
        self.var = folder / "var"
        self.logs = folder / "logs"
        self.address = f"http://127.0.0.1:{free_port()}"
        self.services: dict[str, subprocess.Popen[bytes]] = {}
        self._stagehand: subprocess.Popen[str] | None = None
        self.logs.mkdir()

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the instance gets: nothing of the settings of the tests themselves."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN_SETTINGS)}
        return kept | {
            "HARKEN_VAR": str(self.var),
            "HARKEN_ADDRESS": self.address.removeprefix("http://"),
            "OMP_NUM_THREADS": "1",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONUNBUFFERED": "1",
            "TQDM_DISABLE": "1",
        }

    def start(self, name: str) -> None:
        """Start a service by its line of the Procfile."""
        with (self.logs / f"{name}.log").open("ab") as log:
            self.services[name] = subprocess.Popen(
                ["/bin/sh", "-c", procfile()[name]],
                cwd=CHECKOUT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self, name: str) -> None:
        """Ask a service to end, and end its process group where it does not."""
        service = self.services.pop(name)
        with suppress(ProcessLookupError):
            service.terminate()
        with suppress(subprocess.TimeoutExpired):
            service.wait(STOP_SECONDS)
        kill_group(service)

    def kill(self, name: str) -> None:
        """End a service as the kernel does when memory runs out: kill -9, the whole group at once."""
        kill_group(self.services.pop(name))

    def health(self) -> dict[str, Any]:
        """Return what /healthz says; nothing is healthy where nobody answers."""
        try:
            with urlopen(f"{self.address}/healthz", timeout=10) as answer:  # noqa: S310 - our own address
                return dict(json.load(answer))
        except HTTPError as unhealthy:
            return dict(json.load(unhealthy))
        except (URLError, OSError):
            return {"healthy": False, "services": {}}

    def await_health(self) -> None:
        """Wait until every part runs; raise with the last words of a service that ended instead."""

        def is_up() -> bool:
            ended = [name for name, service in self.services.items() if service.poll() is not None]
            assert not ended, f"{ended[0]} ended by itself:\n{self.last_words(ended[0])}"
            return bool(self.health()["healthy"])

        await_truth(is_up, what=lambda: f"a healthy instance; it says {self.health()}", seconds=START_SECONDS)

    def last_words(self, name: str, *, count: int = 2000) -> str:
        """Return the end of a service's log."""
        return (self.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-count:]

    def stage(self, act: str, **details: Any) -> Any:
        """Have the stagehand carry out an act of tests/browser/stage.py inside the instance; return what it tells."""
        hand = self._stagehand or self._hire_stagehand()
        assert hand.stdin
        assert hand.stdout
        hand.stdin.write(json.dumps([act, details]) + "\n")
        hand.stdin.flush()
        told: dict[str, Any] = json.loads(hand.stdout.readline() or '{"failed": "the stagehand died"}')
        assert "done" in told, told["failed"]
        return told["done"]

    def _hire_stagehand(self) -> subprocess.Popen[str]:
        self._stagehand = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.stage"],
            cwd=CHECKOUT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self._stagehand

    def dismiss_stagehand(self) -> None:
        """End the stagehand, which reads until there is nothing more to read."""
        if self._stagehand and self._stagehand.stdin:
            self._stagehand.stdin.close()
            self._stagehand.wait(STOP_SECONDS)

    def processes(self) -> list[psutil.Process]:
        """Return every process of the instance, children of the dead included: they all carry its folder."""
        return [process for process in psutil.process_iter() if self._owns(process)]

    def _owns(self, process: psutil.Process) -> bool:
        try:
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                return False
            in_words = any(str(self.var) in word for word in process.cmdline())
            return in_words or process.environ().get("HARKEN_VAR") == str(self.var)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False


def trainers(served: Served) -> list[psutil.Process]:
    """Return the processes of the trainer program."""
    return [process for process in served.processes() if "training_jobs.trainer" in process.cmdline()]


@contextmanager
def served_instance() -> Iterator[Served]:
    """Serve a fresh instance inside the block; afterwards no process and no file of it is left."""
    folder = Path(tempfile.mkdtemp(prefix="hk-"))  # a short path: sockets allow about 100 characters
    folder.chmod(0o755)  # PostgreSQL's own account must reach its tables
    served = Served(folder)
    try:
        for name in ("database", "web", "embedder", "worker", "training", "background", "sweep"):
            served.start(name)
        served.await_health()
        yield served
    finally:
        stray = end_all(served)
        clear_away(served, folder)
        assert not stray, f"These processes outlived their service: {stray}"


def end_all(served: Served) -> list[str]:
    """End the services, the database last, and return what was still there then."""
    served.dismiss_stagehand()
    running = sorted(served.services, key=lambda name: name == LAST)
    for name in running[:-1]:
        with suppress(ProcessLookupError):
            served.services[name].terminate()
    for name in running:
        served.stop(name)
    left = served.processes()
    words = [f"{process.pid} {' '.join(process.cmdline())[:200]}" for process in left]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    return words


def clear_away(served: Served, folder: Path) -> None:
    """Remove the instance's folders, the moved tables too."""
    tables = data_folder(served.var)
    if not tables.is_relative_to(folder):
        shutil.rmtree(tables.parent, ignore_errors=True)
    shutil.rmtree(socket_folder(served.var), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def kill_group(service: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a service's process group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(service.pid, signal.SIGKILL)
    service.wait()


def free_port() -> int:
    """Return a loopback port that nobody uses at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def await_truth(is_true: Callable[[], bool], *, what: Callable[[], str], seconds: float) -> None:
    """Look four times a second until something is true; say what was waited for where it never is."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"Waited {seconds:.0f} s for {what()}"
        time.sleep(0.25)
