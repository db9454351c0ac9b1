"""The embedder for commands: the resident one where it runs, else one of the command's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from feedback_mining.detectors import DETECTORS
from language_models.embedders.process import running_embedder


@contextmanager
def embedder_running_for(detector: str) -> Iterator[None]:
    """Have an embedder answering inside the block where the detector needs one."""
    if "embedder" not in DETECTORS.load(detector).needs:
        yield
        return
    with running_embedder(Path(settings.HARKEN_EMBEDDER_SOCKET)):
        yield
