"""What an exporter is, and how its file comes into being: whole and hashed, or not at all."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from tempfile import mkstemp
from typing import Protocol

from curation.domain.dataset_rows import DatasetRowRecord
from curation.domain.errors import UnknownFormatError


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportResult:
    """What was written: the number of rows, and the size and sha256 of the file."""

    rows: int
    bytes: int
    sha256: str


class Exporter(Protocol):
    """A file format that datasets leave in; the ending of the path says which of its `endings` is written."""

    name: str
    title: str
    endings: tuple[str, ...]

    def write(self, rows: Iterable[DatasetRowRecord], *, path: Path) -> ExportResult:
        """Stream rows into a file, replacing one that is there only when all are written.

        Raises ExportError for a row that a trainer could not use, and UnknownFormatError for another ending.
        """
        ...


def ending_of(path: Path, *, endings: tuple[str, ...]) -> str:
    """Return the ending of a path that is among `endings`; raises UnknownFormatError for another."""
    ending = path.suffix.lower()
    if ending not in endings:
        known = ", ".join(endings)
        raise UnknownFormatError(
            f"A file that ends in '{ending}' is not written here. Known endings: {known}."
        )
    return ending


@contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """Give the place of a file that takes the name of `path` when the block ends well, and goes otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    place = Path(name)
    try:
        yield place
        # A temporary file is readable by its owner alone; an export is for others too.
        place.chmod(0o644)
        place.replace(path)
    finally:
        place.unlink(missing_ok=True)


def result_of(path: Path, *, rows: int) -> ExportResult:
    """Return size and hash of a file that was written."""
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return ExportResult(rows=rows, bytes=path.stat().st_size, sha256=digest)
