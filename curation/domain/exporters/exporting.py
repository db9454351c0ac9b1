"""What an exporter is, and how its file comes into being: whole and hashed, or not at all."""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import file_digest
from pathlib import Path
from tempfile import mkdtemp, mkstemp
from typing import Any, Protocol, TypeAlias

import pyarrow

from curation.domain.errors import UnknownFormatError
from curation.domain.exporters.dataset_rows import DatasetRowRecord, checked_rows
from curation.domain.importers.record_files import WRITERS

Exported: TypeAlias = dict[str, Any]


class LeftOut(StrEnum):
    """Why a format could not take a row, or one answer of it, where it writes answers one by one."""

    TIE = "tie"
    NO_CHOSEN = "no_chosen"
    NO_REJECTED = "no_rejected"
    TWO_PROMPTS = "two_prompts"
    TOOLS = "tools"
    ATTACHMENTS = "attachments"
    SEVERAL_TURNS = "several_turns"
    SHORT_LIST = "short_list"
    NO_SCORE = "no_score"
    NO_ATTRIBUTES = "no_attributes"
    NO_JUDGEMENT = "no_judgement"
    NO_STEPS = "no_steps"
    BOTH_LABELS = "both_labels"
    SAME_AGAIN = "same_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What an exporter may want beside the rows: the dataset's name, and the bytes of attachments by sha256."""

    name: str = "dataset"
    attachment: Callable[[str], bytes | None] = lambda sha256: None


NO_OPTIONS = ExportOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportResult:
    """What was written: records, the size and sha256 of the file; how many rows were read, and what was left out."""

    rows: int
    bytes: int
    sha256: str
    read: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)


class Tally:
    """Counts the rows that an export reads and what it leaves out."""

    def __init__(self) -> None:
        self.read = 0
        self.left_out: Counter[str] = Counter()

    def leave_out(self, reason: LeftOut) -> None:
        """Note that a row, or an answer, is not written."""
        self.left_out[str(reason)] += 1

    def reading(self, rows: Iterable[DatasetRowRecord]) -> Iterator[DatasetRowRecord]:
        """Yield the rows unchanged and count them; raises ExportError at one that no file could hold."""
        for row in checked_rows(rows):
            self.read += 1
            yield row


class Exporter(Protocol):
    """A file format that datasets leave in; the ending of the path says which of its `endings` is written.

    `read_by` says in one sentence who reads it. `by_prompt` asks for rows of one prompt to follow each other.
    `names_split` says whether each record names its split, so that one file may hold several.
    """

    name: str
    title: str
    read_by: str
    endings: tuple[str, ...]
    by_prompt: bool
    names_split: bool

    def write(
        self, rows: Iterable[DatasetRowRecord], *, path: Path, options: ExportOptions = ...
    ) -> ExportResult:
        """Stream rows into a file, replacing one that is there only when all are written.

        Raises ExportError for a row that no file could hold, and UnknownFormatError for another ending.
        """
        ...


class RecordExporter:
    """An exporter that writes one kind of record; its kinds say which, and leave out what they cannot express."""

    endings: tuple[str, ...] = (".jsonl", ".parquet")
    schema: pyarrow.Schema | None = None
    by_prompt = False
    names_split = True

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield the records that rows become, in constant memory."""
        raise NotImplementedError

    def write(
        self,
        rows: Iterable[DatasetRowRecord],
        *,
        path: Path,
        options: ExportOptions = NO_OPTIONS,
    ) -> ExportResult:
        """Stream rows into a file, replacing one that is there only when all are written."""
        writer = WRITERS[ending_of(path, endings=self.endings)]
        tally = Tally()
        with unfinished(path) as place:
            records = self.records(tally.reading(rows), tally=tally, options=options)
            count = writer(records, place=place, schema=self.schema)
        return result_of(path, rows=count, tally=tally)


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


@contextmanager
def passing_folder(path: Path) -> Iterator[Path]:
    """Give a folder beside `path`, named after it, for files on the way into it; it goes when the block ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def result_of(path: Path, *, rows: int, tally: Tally) -> ExportResult:
    """Return what was written, with size and hash of the file."""
    return ExportResult(
        rows=rows,
        bytes=path.stat().st_size,
        sha256=sha256_of(path),
        read=tally.read,
        left_out=dict(sorted(tally.left_out.items())),
    )


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
