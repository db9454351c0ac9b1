"""The process that reads a large file ahead: it takes a Reading on its input and gives chunks on its output.

It knows neither the database nor Django. After the last chunk comes None, or the error that ended the reading.
"""

import gc
import os
import pickle
import sys
from contextlib import suppress
from typing import BinaryIO

from curation.services.importers.chunks import Reading, prepared_chunks


def main() -> None:
    """Read what is asked for; nothing but chunks may reach the output."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as output, suppress(BrokenPipeError):
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        # Records refer to nothing in a circle, and looking for circles among so many costs a tenth of the time.
        gc.freeze()
        gc.set_threshold(100_000, 50, 100)
        _send_chunks(pickle.load(sys.stdin.buffer), output=output)  # noqa: S301 - the parent wrote it


def _send_chunks(reading: Reading, *, output: BinaryIO) -> None:
    try:
        for chunk in prepared_chunks(reading):
            _send(chunk, output=output)
    except BrokenPipeError:
        raise  # the parent has gone, or needs no more
    except Exception as error:  # noqa: BLE001 - the parent raises it
        _send(error, output=output)
    else:
        _send(None, output=output)


def _send(step: object, *, output: BinaryIO) -> None:
    pickle.dump(step, output, protocol=pickle.HIGHEST_PROTOCOL)
    output.flush()


if __name__ == "__main__":
    main()
