"""Rows of a CSV file, streamed: a row that cannot be read is refused alone."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, Protocol

from curation.domain.corpus.records import Position, Refusal, RefusalReason
from curation.domain.importers.cleaning import clean_text
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.mapping_suggestion import is_header, suggest_mapping
from curation.domain.importers.reading import (
    EXCERPT_CHARACTERS,
    Line,
    Source,
    SourceError,
    decode_utf8,
    head_bytes,
    not_utf8_refusal,
    oversize_refusal,
    read_lines,
)

# Rows that a mapping is suggested from.
SAMPLE_ROWS = 200
_DELIMITERS = ",;\t|"
# How often reading may go back to the line after an unclosed quote, before the rest is given up.
_MAX_RETURNS = 100


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row; its position is the line that it begins on."""

    cells: tuple[str, ...]
    position: Position
    cleaned: int = 0

    @property
    def excerpt(self) -> str:
        """Return the beginning of the row."""
        return " | ".join(self.cells)[:EXCERPT_CHARACTERS]


class Table(Protocol):
    """Rows of named columns, from whatever file."""

    @property
    def source(self) -> Source:
        """The file."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        ...

    @property
    def has_header(self) -> bool:
        """Whether the file names its columns."""
        ...

    def rows(self) -> Iterator[Row | Refusal]:
        """Yield every row; one that cannot be read as its refusal."""
        ...

    def sample(self, count: int) -> list[tuple[str, ...]]:
        """Return the cells of the first readable rows."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvTable:
    """A CSV file whose columns and delimiter are known."""

    source: Source
    columns: tuple[str, ...]
    delimiter: str
    has_header: bool

    def rows(self) -> Iterator[Row | Refusal]:
        """Yield every row below the header, blank lines left out."""
        is_header = self.has_header
        for row in _raw_rows(self.source, delimiter=self.delimiter):
            if isinstance(row, Refusal):
                yield row
            elif not is_header:
                yield self._fitted(row)
            else:
                # Lines before it that cannot be read are refused, and are not the header.
                is_header = False

    def sample(self, count: int) -> list[tuple[str, ...]]:
        """Return the cells of the first readable rows."""
        return [row.cells for row in islice(self.rows(), count) if isinstance(row, Row)]

    def _fitted(self, row: Row) -> Row | Refusal:
        width = len(self.columns)
        if len(row.cells) == width:
            return row
        if len(row.cells) > width and not any(cell.strip() for cell in row.cells[width:]):
            return Row(row.cells[:width], row.position, row.cleaned)
        return Refusal(
            position=row.position,
            reason=RefusalReason.BROKEN_ROW,
            sentence=(
                f"This row has {_cells(len(row.cells))}, where the table has {width} columns."
                " A quotation mark or a delimiter is probably missing or too many."
            ),
            excerpt=row.excerpt,
        )


def suggested_mapping(table: Table) -> ColumnMapping:
    """Return the mapping that a table's column names and first rows suggest."""
    return suggest_mapping(table.columns, table.sample(SAMPLE_ROWS), has_header=table.has_header)


def open_table(source: Source, *, has_header: bool | None = None) -> CsvTable:
    """Find a table's delimiter and columns; whether it has a header is guessed where it is not said."""
    delimiter = _delimiter_of(source)
    first = next((row for row in _raw_rows(source, delimiter=delimiter) if isinstance(row, Row)), None)
    if first is None:
        raise SourceError(f"{source.name} holds no row that can be read as CSV. Check that it is a CSV file.")
    headed = is_header(first.cells) if has_header is None else has_header
    names = [cell.strip() if headed else "" for cell in first.cells]
    columns = tuple(name or f"column_{number}" for number, name in enumerate(names, start=1))
    return CsvTable(source=source, columns=columns, delimiter=delimiter, has_header=headed)


class _Taken(NamedTuple):
    """A line of a row that is being read; `refusal` says why it cannot be, and a blank line stands for it then."""

    number: int
    text: str
    cleaned: int = 0
    refusal: Refusal | None = None


class _LineFeed:
    """Hands lines to the csv module, and remembers those of the row that is being read."""

    def __init__(self, source: Source) -> None:
        self._lines = read_lines(source)
        self._source = source
        self._returned: deque[_Taken] = deque()
        self._length = 0
        self.taken: list[_Taken] = []
        self.ran_out = False

    def __iter__(self) -> "_LineFeed":
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else self._next_line()
        self._length += len(line.text)
        if self.taken and self._length > self._source.limits.record_bytes:
            # The module limits a cell and not a row, which may have any number of them.
            self._returned.appendleft(line)
            raise csv.Error("it goes on over more lines than a record may have")
        self.taken.append(line)
        return line.text

    @property
    def refusals(self) -> list[Refusal]:
        """What is wrong with lines of this row."""
        return [line.refusal for line in self.taken if line.refusal]

    @property
    def cleaned(self) -> int:
        """How many characters were taken out of this row."""
        return sum(line.cleaned for line in self.taken)

    def begin_row(self) -> None:
        """Forget the lines of the row before."""
        self.taken, self._length = [], 0
        self.ran_out = False

    def give_back(self) -> None:
        """Take back all lines of this row but the first, each with what is wrong with it."""
        self._returned.extendleft(reversed(self.taken[1:]))

    def _next_line(self) -> _Taken:
        line = next(self._lines, None)
        if line is None:
            self.ran_out = True
            raise StopIteration
        return _Taken(0, "\n", refusal=line) if isinstance(line, Refusal) else self._taken(line)

    def _taken(self, line: Line) -> _Taken:
        position = Position(file=self._source.name, line=line.number)
        if line.content is None:
            cap = self._source.limits.record_bytes
            return _Taken(line.number, "\n", refusal=oversize_refusal(position, size=line.size, cap=cap))
        text = decode_utf8(line.content)
        if text is None:
            return _Taken(line.number, "\n", refusal=not_utf8_refusal(position, content=line.content))
        text, cleaned = clean_text(text)
        return _Taken(line.number, text + "\n", cleaned)


class _RawRows:
    """Rows of any width, read through the csv module."""

    def __init__(self, source: Source, *, delimiter: str) -> None:
        # The module's own limit of 128 KB a cell is below what a long answer takes.
        csv.field_size_limit(source.limits.record_bytes)
        self._source = source
        self._delimiter = delimiter
        self._feed = _LineFeed(source)
        self._reader = csv.reader(self._feed, delimiter=delimiter)
        self._returns = 0

    def read(self) -> Iterator[Row | Refusal]:
        while True:
            self._feed.begin_row()
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield from self._broken(str(error))
                continue
            yield from self._read_row(cells)

    def _read_row(self, cells: list[str]) -> Iterator[Row | Refusal]:
        if self._feed.ran_out:
            # The rest of the file was swallowed, so what is wrong with its lines comes when they are read again.
            yield from self._broken("a quotation mark is opened and not closed")
        elif refusals := self._feed.refusals:
            # A line of this row could not be read, so the row is not what its writer wrote.
            yield from refusals
        elif cells and any(cell.strip() for cell in cells):
            yield Row(tuple(cells), self._position, self._feed.cleaned)

    @property
    def _position(self) -> Position:
        return Position(file=self._source.name, line=self._feed.taken[0].number)

    def _broken(self, complaint: str) -> Iterator[Refusal]:
        """Refuse the first line of what was swallowed, and read the others again."""
        taken = self._feed.taken
        may_return = self._returns < _MAX_RETURNS
        if may_return:
            self._returns += 1
            self._feed.give_back()
        # What the module has of the row is dropped with its reader.
        self._reader = csv.reader(self._feed, delimiter=self._delimiter)
        lost = "" if may_return or len(taken) == 1 else f" The {len(taken)} lines from here on were not read."
        yield Refusal(
            position=self._position,
            reason=RefusalReason.BROKEN_ROW,
            sentence=f"This row cannot be read as CSV: {complaint}.{lost}",
            excerpt=taken[0].text.strip()[:EXCERPT_CHARACTERS],
        )
        if not may_return:
            yield from self._feed.refusals


def _raw_rows(source: Source, *, delimiter: str) -> Iterator[Row | Refusal]:
    return _RawRows(source, delimiter=delimiter).read()


def _delimiter_of(source: Source) -> str:
    """Return the delimiter that stands most often outside quotes in the first line."""
    line = head_bytes(source).decode(errors="replace").partition("\n")[0]
    outside = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
