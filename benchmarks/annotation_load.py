"""Many annotators at once against the served app: how fast the next task comes, how fast a judgement is saved.

`python -m benchmarks.annotation_load` serves a fresh instance with its own gunicorn in a temporary folder, signs
annotators in, and lets them judge without pauses. Every judgement that was confirmed is looked up afterwards.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.annotators import Annotator, Shift, work_at_once

CROWDS = (1, 8, 32, 64)
POOL = 150
DRAINERS = 32
START_SECONDS = 300
WARM_UP_SECONDS = 10.0


def main() -> None:
    """Measure each crowd, then drain a pool, and print what was seen."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="harken-load-", dir=asked.folder) as name:
        folder = Path(name)
        folder.chmod(0o711)
        address = _settle(folder)
        from config.embedded.postgres import running_postgres

        with running_postgres(folder), _served(folder, address):
            figures = _measured(asked, address)
    figures["circumstances"] = _circumstances(asked)
    text = json.dumps(figures, indent=2)
    asked.out.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.annotation_load", description=__doc__)
    parser.add_argument("--crowds", nargs="*", type=int, default=list(CROWDS), help="annotators at once")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long each crowd works")
    parser.add_argument("--pool", type=int, default=POOL, help="tasks that are drained at the end")
    parser.add_argument("--drainers", type=int, default=DRAINERS, help="annotators who drain them")
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made")
    parser.add_argument("--out", type=Path, default=Path("annotation_load.json"))
    return parser.parse_args()


def _settle(folder: Path) -> str:
    """Point the settings of this process and of the served one at the folder; returns the address."""
    for name in ("DATABASE_URL", "HARKEN_OWNER_DATABASE_URL"):
        os.environ.pop(name, None)
    port = _free_port()
    os.environ["HARKEN_VAR"] = str(folder)
    os.environ["HARKEN_ADDRESS"] = f"127.0.0.1:{port}"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
    import django

    django.setup()
    return f"127.0.0.1:{port}"


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def _served(folder: Path, address: str) -> Iterator[None]:
    """Serve inside the block as the Procfile does: migrations, static files, gunicorn with two processes."""
    with (folder / "web.log").open("wb") as log:
        web = subprocess.Popen([sys.executable, "manage.py", "serve"], stdout=log, stderr=log)
        try:
            _await(address, web, folder / "web.log")
            yield
        finally:
            web.terminate()
            web.wait(20)


def _await(address: str, web: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and web.poll() is None:
        with suppress(URLError, OSError), urlopen(f"http://{address}/sign-in/", timeout=5):
            return
        time.sleep(0.3)
    raise SystemExit(f"The app did not start:\n{log.read_text(encoding='utf-8')[-2000:]}")


def _measured(asked: argparse.Namespace, address: str) -> dict[str, Any]:
    from benchmarks.annotation_scene import Scene

    # The first requests of a process read its modules and templates.
    work_at_once(_annotators(Scene.set(people=8, tasks=400), address), seconds=WARM_UP_SECONDS)
    figures: dict[str, Any] = {"crowds": {}, "in_one_request": {}}
    for crowd in asked.crowds:
        for is_whole, kept in ((False, "crowds"), (True, "in_one_request")):
            scene = Scene.set(people=crowd, tasks=max(400, int(asked.seconds * 250)))
            shifts = work_at_once(_annotators(scene, address, is_whole=is_whole), seconds=asked.seconds)
            figures[kept][str(crowd)] = {**_figures(shifts, asked.seconds), **scene.audit(shifts)}
            sys.stderr.write(f"{crowd} {kept}: {figures[kept][str(crowd)]}\n")
    scene = Scene.set(people=asked.drainers, tasks=asked.pool)
    shifts = work_at_once(_annotators(scene, address), seconds=600.0)
    figures["drained"] = {"tasks": asked.pool, **scene.audit(shifts)}
    return figures


def _annotators(scene: Any, address: str, *, is_whole: bool = False) -> list[Annotator]:
    return [
        Annotator(address=address, path=scene.path, session=session, is_whole=is_whole)
        for session in scene.sessions
    ]


def _figures(shifts: Sequence[Shift], seconds: float) -> dict[str, Any]:
    """Return milliseconds of each request and of a cycle, and cycles a second; the first cycle warms up."""
    steps = [step for shift in shifts for step in shift.steps[1:]]
    if not steps:
        return {"cycles": 0}
    cycles = [step.next_ms + step.save_ms for step in steps]
    return {
        "cycles": len(cycles),
        "cycles_per_second": round(sum(len(shift.steps) for shift in shifts) / seconds, 1),
        "next_p50_ms": round(median(step.next_ms for step in steps), 1),
        "save_p50_ms": round(median(step.save_ms for step in steps), 1),
        "cycle_p95_ms": round(quantiles(cycles, n=20)[-1] if len(cycles) > 1 else cycles[0], 1),
    }


def _circumstances(asked: argparse.Namespace) -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "load_average_at_the_end": os.getloadavg(),
        "seconds_each": asked.seconds,
        "server_and_clients": "together on this machine",
    }


if __name__ == "__main__":
    main()
