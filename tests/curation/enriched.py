"""What the tests of enrichment share: an embedder on a socket, and enrichers run to their end."""

import asyncio
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import LazySettings

from curation.models import Job, Project
from curation.services.enrichers.enrichment import open_enrichment, run_enrichment
from language_models.embedders.fake import FakeEmbedder
from language_models.embedders.server import EmbedderServer


def enrich(project: Project, name: str) -> Job:
    """Let one enricher read all that it has not read."""
    ended = run_enrichment(job_id=open_enrichment(project=project, name=name).pk)
    assert ended is not None
    assert ended.state == "succeeded", ended.error_sentence
    return ended


@contextmanager
def word_embedder(settings: LazySettings) -> Iterator[None]:
    """Have an embedder answering that knows words alone."""
    with tempfile.TemporaryDirectory(prefix="harken-") as folder:
        path = Path(folder) / "e.sock"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen()
        loop = asyncio.new_event_loop()
        serving = loop.create_task(EmbedderServer(FakeEmbedder()).serve(listener))
        thread = threading.Thread(target=_run, args=(loop, serving))
        thread.start()
        settings.HARKEN_EMBEDDER_SOCKET = str(path)
        try:
            yield
        finally:
            loop.call_soon_threadsafe(serving.cancel)
            thread.join()


def _run(loop: asyncio.AbstractEventLoop, serving: asyncio.Task[None]) -> None:
    try:
        loop.run_until_complete(serving)
    except asyncio.CancelledError:
        pass
    finally:
        loop.close()
