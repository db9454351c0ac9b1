"""An embedder of one's own, for as long as a command needs one and none is running."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from language_models.embedders.client import SocketEmbedder
from language_models.embedders.contract import EmbedderUnavailableError

START_SECONDS = 120
STOP_SECONDS = 10


@contextmanager
def running_embedder(socket: Path) -> Iterator[SocketEmbedder]:
    """Join the embedder on this socket, or start one there and end it afterwards.

    Raises EmbedderUnavailableError where the one that was started does not answer within two minutes.
    """
    embedder = SocketEmbedder(socket)
    if is_answering(embedder):
        yield embedder
        return
    server = subprocess.Popen(
        [sys.executable, "-m", "language_models.embedders.server", "--socket", str(socket)],
        stdout=subprocess.DEVNULL,
    )
    try:
        await_answer(embedder, server)
        yield embedder
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(timeout=STOP_SECONDS)
        server.kill()
        server.wait()


def is_answering(embedder: SocketEmbedder) -> bool:
    """Tell whether an embedder answers on the socket."""
    try:
        embedder.health()
    except EmbedderUnavailableError:
        return False
    return True


def await_answer(embedder: SocketEmbedder, server: subprocess.Popen[bytes]) -> None:
    """Wait until the started server answers; one that ended early or stays silent raises."""
    deadline = time.monotonic() + START_SECONDS
    while not is_answering(embedder):
        if server.poll() is not None or time.monotonic() > deadline:
            message = (
                "The embedder did not start. "
                "`python -m language_models.embedders.server` starts it by hand and says why."
            )
            raise EmbedderUnavailableError(message)
        time.sleep(0.2)
