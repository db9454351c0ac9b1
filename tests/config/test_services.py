"""The Procfile's runner: whatever ends it ends everything, and it says what happened."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.house.source import ROOT

TWO_SERVICES = "first: exec sleep 300\nsecond: exec sleep 300\n"


def start(folder: Path, *, procfile: str) -> subprocess.Popen[str]:
    """Start the runner on a Procfile of the test's own, in a session of its own."""
    (folder / "Procfile").write_text(procfile)
    return subprocess.Popen(
        [sys.executable, "-m", "config.embedded.services"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def services_of(folder: Path) -> list[str]:
    """Return the processes that run in this folder."""
    found = subprocess.run(
        ["pgrep", "-x", "sleep"], capture_output=True, text=True, check=False
    ).stdout.split()
    return [
        pid
        for pid in found
        if Path(f"/proc/{pid}/cwd").exists() and os.readlink(f"/proc/{pid}/cwd") == str(folder)
    ]


def wait_for(folder: Path, *, count: int) -> None:
    deadline = time.monotonic() + 20
    while len(services_of(folder)) != count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/cwd").exists(), reason="Looks at processes through /proc."
)


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_every_service_and_is_no_failure(tmp_path: Path, number: signal.Signals) -> None:
    runner = start(tmp_path, procfile=TWO_SERVICES)
    wait_for(tmp_path, count=2)
    runner.send_signal(number)
    assert runner.wait(15) == 0
    wait_for(tmp_path, count=0)


def test_a_service_that_ends_by_itself_ends_the_others_and_is_told(tmp_path: Path) -> None:
    runner = start(tmp_path, procfile="first: exec sleep 300\nsecond: exit 3\n")
    said, _ = runner.communicate(timeout=20)
    assert runner.returncode == 1
    assert "One service ended by itself (status 3)" in said


def test_being_asked_to_stop_is_told_in_a_sentence(tmp_path: Path) -> None:
    runner = start(tmp_path, procfile="first: echo ready; exec sleep 300\n")
    assert runner.stdout
    while "ready" not in runner.stdout.readline():
        continue
    runner.terminate()
    assert "Everything has stopped." in runner.communicate(timeout=20)[0]
