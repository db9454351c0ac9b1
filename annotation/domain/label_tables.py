"""Tables of judgements as researchers keep them: a CSV file with one row a judgement, gaps with their reason.

Shared by every statistic that is also a command. A gap is never a value: NaN, an empty cell and "N/A (reason)" are
counted under their reason and left out of the figures.
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from curation.domain.corpus.records import Refusal, RefusalReason
from curation.domain.errors import HarkenError
from curation.domain.importers.encoding_doubt import encoding_doubt, require_known_encoding
from curation.domain.importers.reading import SourceError, open_source
from curation.domain.importers.table_reading import CsvTable, Row, open_table

_EMPTY = {"": "empty", "nan": "NaN", "n/a": "N/A", "na": "N/A", "null": "null", "#n/a": "N/A"}
# "N/A (the image did not load)", "N/A: no reason given", "NA - skipped"; but NA-East is a region.
_GIVEN_REASON = re.compile(
    r"n/?a\s*(?:\((?P<in>.*)\)|(?::|\s[–—-]\s)\s*(?P<after>.+))", re.IGNORECASE | re.DOTALL
)
_SHOWN_CHARACTERS = 60
_SHOWN_KNOWN = 8


class LabelTableError(HarkenError):
    """A table that no figure can be computed from; the message says what, where, and what next."""


def missing_reason(cell: str, *, also: Collection[str] = ()) -> str | None:
    """Return why a cell holds no value, or None where it holds one; `also` names further marks of a gap."""
    text = cell.strip()
    if text in also:
        return text
    if reason := _EMPTY.get(text.casefold()):
        return reason
    given = _GIVEN_REASON.fullmatch(text)
    return (given["in"] or given["after"] or "N/A").strip() if given else None


def shown(cell: str) -> str:
    """Return a cell as a sentence quotes it: on one line, and not longer than a reader wants."""
    text = " ".join(cell.split())
    return f"'{text[:_SHOWN_CHARACTERS]}…'" if len(text) > _SHOWN_CHARACTERS else f"'{text}'"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnTable:
    """The columns of a CSV file by name, every cell stripped; `lines` says where each row begins."""

    name: str
    columns: Mapping[str, Sequence[str]]
    lines: Sequence[int]

    def __len__(self) -> int:
        return len(self.lines)

    def __contains__(self, column: str) -> bool:
        return column in self.columns

    def __getitem__(self, column: str) -> Sequence[str]:
        return self.columns[column]

    def error(self, row: int, problem: str) -> LabelTableError:
        """Return the error that says in which line of the file something is wrong."""
        return LabelTableError(f"{self.name}, line {self.lines[row]}: {problem}")

    def names(self, column: str) -> Sequence[str]:
        """Return a column that must say something in every row; raises LabelTableError for a gap."""
        for row, cell in enumerate(self.columns[column]):
            if not cell:
                raise self.error(
                    row, f"the column {column} is empty. Give every row one, or take the row out."
                )
        return self.columns[column]

    def numbers(self, column: str, *, also_missing: Collection[str] = ()) -> "Numbers":
        """Return a column as numbers, gaps as None with their reasons; raises LabelTableError for other text."""
        gaps: Counter[str] = Counter()
        values: list[float | None] = []
        for row, cell in enumerate(self.columns[column]):
            reason = missing_reason(cell, also=also_missing)
            if reason is not None:
                gaps[reason] += 1
                values.append(None)
                continue
            number = number_in(cell)
            if number is None:
                raise self.error(
                    row,
                    f"{column} is {shown(cell)}, which is no number."
                    " Write a number, leave the cell empty, or write N/A with a reason in brackets.",
                )
            values.append(number)
        return Numbers(values=values, missing=gaps)

    def choices(
        self, column: str, *, coding: Mapping[str, str], also_missing: Collection[str] = ()
    ) -> "Choices":
        """Return a column as the values that `coding` gives its cells, gaps as None.

        Nothing is guessed: a cell that the coding does not know raises LabelTableError.
        """
        known = {as_whole(written).casefold(): value for written, value in coding.items()}
        gaps: Counter[str] = Counter()
        values: list[str | None] = []
        for row, cell in enumerate(self.columns[column]):
            value = known.get(as_whole(cell).casefold())
            reason = None if value is not None else missing_reason(cell, also=also_missing)
            if reason is not None:
                gaps[reason] += 1
            elif value is None:
                raise self.error(row, _unknown_choice(column, cell=cell, coding=coding))
            values.append(value)
        return Choices(values=values, missing=gaps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A column of numbers with gaps."""

    values: Sequence[float | None]
    missing: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """A column of choices with gaps."""

    values: Sequence[str | None]
    missing: Mapping[str, int] = field(default_factory=dict)


def number_in(cell: str) -> float | None:
    """Return the finite number that a cell writes out, or None."""
    try:
        number = float(cell)
    except ValueError:
        return None
    if "_" in cell:
        # Python reads 1_000 as a number; people write names like that.
        return None
    return number if math.isfinite(number) else None


def as_whole(cell: str) -> str:
    """Return a whole number without the point that tables with gaps write: 3.0 is 3; anything else as it is."""
    whole, point, rest = cell.partition(".")
    return whole if point and rest and not rest.strip("0") and number_in(whole) is not None else cell


def parse_coding(text: str, *, allowed: Sequence[str]) -> dict[str, str]:
    """Return the mapping that "1=a,2=b,0=tie" writes out: how a source codes its choices, as a person says it.

    Raises LabelTableError where a part is no such pair or means nothing that is allowed.
    """
    coding: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        written, equals, value = part.rpartition("=")
        value = value.strip().casefold()
        if not equals or not written.strip() or value not in allowed:
            raise LabelTableError(
                f"The coding {shown(part)} cannot be read."
                f" Write what stands in the file, =, and one of {', '.join(allowed)}: 1={allowed[0]}."
            )
        coding[written.strip()] = value
    return coding


def read_columns(
    path: Path, *, required: Sequence[str], optional: Collection[str] = (), encoding: str = ""
) -> ColumnTable:
    """Read the named columns of a CSV file, whatever its delimiter, packing or Unicode encoding.

    Names of columns count regardless of case and surrounding blanks; other columns are left alone. Raises
    LabelTableError, or SourceError for what is no readable file.
    """
    table = _opened(path, required=required, encoding=encoding)
    places = _places(table, required=required, optional=optional)
    columns: dict[str, list[str]] = {name: [] for name in places}
    lines: list[int] = []
    for row in _readable(table):
        for name, place in places.items():
            columns[name].append(row.cells[place].strip())
        lines.append(row.position.line or 0)
    if not lines:
        raise LabelTableError(
            f"{table.source.name} has a header and no row below it. Add the rows, and run the command again."
        )
    return ColumnTable(name=table.source.name, columns=columns, lines=lines)


def _opened(path: Path, *, required: Sequence[str], encoding: str) -> CsvTable:
    wanted = f"It needs a header line with {', '.join(required)}, and one row below it for each judgement."
    if path.is_file() and not path.stat().st_size:
        raise LabelTableError(f"{path.name} is empty. {wanted}")
    require_known_encoding(encoding)
    source = open_source(path, encoding=encoding)
    if source.is_parquet:
        raise LabelTableError(f"{source.name} is a Parquet file. Save the table as CSV. {wanted}")
    if not encoding and not source.is_encoding_guessed and (likely := encoding_doubt(source)):
        names = ", ".join(f"--encoding {each.name} ({each.label})" for each in likely)
        raise LabelTableError(
            f"{source.name} is not UTF-8 text. Save it as UTF-8, or say its encoding, likely one of: {names}."
        )
    try:
        return open_table(source, has_header=True)
    except SourceError as error:
        raise LabelTableError(f"{error} {wanted}") from error


def _places(table: CsvTable, *, required: Sequence[str], optional: Collection[str]) -> dict[str, int]:
    found = [name.strip().casefold() for name in table.columns]
    missing = [name for name in required if name.casefold() not in found]
    if missing:
        raise LabelTableError(
            f"{table.source.name} has no column {' and no column '.join(missing)}."
            f" Its first line names: {', '.join(table.columns[:20])}. Rename the columns, or add them."
        )
    wanted = [*required, *(name for name in optional if name.casefold() in found)]
    twice = [name for name in wanted if found.count(name.casefold()) > 1]
    if twice:
        raise LabelTableError(f"{table.source.name} has the column {twice[0]} twice. Rename one of them.")
    return {name: found.index(name.casefold()) for name in wanted}


def _readable(table: CsvTable) -> Iterator[Row]:
    for row in table.rows():
        if isinstance(row, Refusal):
            raise LabelTableError(_refused(row))
        yield row


def _refused(refusal: Refusal) -> str:
    where = refusal.position.file + (f", line {refusal.position.line}" if refusal.position.line else "")
    if refusal.reason is RefusalReason.NOT_UTF8:
        return f"{where}: this line is not UTF-8 text. Save the file as UTF-8, or name its encoding with --encoding."
    return f"{where}: {refusal.sentence} Mend the row, or take it out."


def _unknown_choice(column: str, *, cell: str, coding: Mapping[str, str]) -> str:
    known = ", ".join(list(coding)[:_SHOWN_KNOWN])
    return (
        f"{column} is {shown(cell)}, which means nothing here. Known: {known}."
        " Where the file codes its choices in another way, say how with --coding: --coding 1=a,2=b,0=tie."
    )


def counted(reasons: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return the gaps of several columns together, the commonest reason first."""
    total: Counter[str] = Counter()
    for each in reasons:
        total.update(each)
    return dict(total.most_common())
