"""The embedder's server as a process of its own, for tests."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from language_models.embedders import EmbedderUnavailableError
from language_models.embedders.client import SocketEmbedder

START_SECONDS = 120


@contextmanager
def running_server() -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    """Start a server on a socket with a short path, wait until it answers, and end it."""
    with tempfile.TemporaryDirectory(prefix="harken-") as folder:
        path = Path(folder) / "embedder.sock"
        server = subprocess.Popen(
            [sys.executable, "-m", "language_models.embedders.server", "--socket", str(path)]
        )
        try:
            _wait_until_it_answers(path, server=server)
            yield path, server
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_until_it_answers(path: Path, *, server: subprocess.Popen[bytes]) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < give_up_at:
        try:
            SocketEmbedder(path).health()
        except EmbedderUnavailableError:
            time.sleep(0.1)
        else:
            return
    message = "The embedder's server did not start."
    raise AssertionError(message)
