"""A large file is read by a process of its own while this one waits for the database: two cores work at once.

The reader decodes, converts, hashes and writes the rows' text (reading_process.py). It ends by itself where this
process is gone, since then nobody takes what it sends.
"""

import pickle
import subprocess
import sys
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from curation.domain.errors import HarkenError
from curation.services.importers import reading_process
from curation.services.importers.chunks import PreparedChunk, Reading, prepared_chunks

# Starting a process takes as long as reading about this much.
WORTH_A_PROCESS = 4 << 20
PIPE_BYTES = 1 << 20
ROOT = Path(__file__).resolve().parents[3]
Step = TypeVar("Step")


class ReaderLostError(HarkenError):
    """The process that read the file ended without a word."""


def chunks_read_ahead(reading: Reading) -> Generator[PreparedChunk, None, None]:
    """Yield the chunks of a file; those of a large one are made ahead, by another process."""
    if reading.source.size < WORTH_A_PROCESS:
        yield from prepared_chunks(reading)
    else:
        with closing(_chunks_of_reader(reading)) as chunks:
            yield from _received_ahead(chunks)


def _chunks_of_reader(reading: Reading) -> Generator[PreparedChunk, None, None]:
    with _started() as reader:
        assert reader.stdin is not None  # noqa: S101 - both are pipes
        try:
            pickle.dump(reading, reader.stdin)
            reader.stdin.close()
            while (chunk := _received(reader)) is not None:
                yield chunk
        finally:
            reader.kill()


def _started() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", reading_process.__name__],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pipesize=PIPE_BYTES,
        # Ctrl-C in the terminal reaches this process, which closes the reader in order.
        process_group=0,
    )


def _received(reader: "subprocess.Popen[bytes]") -> PreparedChunk | None:
    """Return the next chunk, None behind the last; raises what ended the reading."""
    assert reader.stdout is not None  # noqa: S101 - it is a pipe
    try:
        step: PreparedChunk | Exception | None = pickle.load(reader.stdout)  # noqa: S301 - our own child wrote it
    except (EOFError, pickle.UnpicklingError) as error:
        message = "The process that read the file was ended, for want of memory perhaps. Resume the import."
        raise ReaderLostError(message) from error
    if isinstance(step, Exception):
        raise step
    return step


def _received_ahead(steps: Iterator[Step]) -> Iterator[Step]:
    """Yield what an iterator yields, taking the next step in a thread meanwhile."""
    end = object()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as thread:
        coming = thread.submit(next, steps, end)
        while (step := coming.result()) is not end:
            coming = thread.submit(next, steps, end)
            yield step  # type: ignore[misc] # it is no end
