"""Records streamed into files: JSON Lines, Parquet, and CSV whose cells no spreadsheet takes for formulas."""

import csv
import json
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import orjson
import pyarrow
from pyarrow import parquet

# Records of a row group: few enough to hold in memory, enough to compress well.
GROUP_ROWS = 1_000
# What makes a spreadsheet run a cell, or is the mark that stops it; spreadsheets take the wide forms too.
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "＝", "＋", "－", "＠")


class Writer(Protocol):
    """Writes records to a place and returns how many there were."""

    def __call__(
        self, records: Iterable[Mapping[str, Any]], *, place: Path, schema: pyarrow.Schema | None
    ) -> int:
        """Stream the records."""
        ...


def json_line(record: Any) -> bytes:
    """Return a value as one line of UTF-8 JSON without spaces, keys in their order."""
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        # Whole numbers beyond 64 bits, which arguments of tools may hold.
        return (json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def write_json_lines(
    records: Iterable[Mapping[str, Any]], *, place: Path, schema: pyarrow.Schema | None = None
) -> int:
    """Write one record a line."""
    count = 0
    with place.open("wb") as file:
        for record in records:
            file.write(json_line(record))
            count += 1
    return count


def write_parquet(
    records: Iterable[Mapping[str, Any]], *, place: Path, schema: pyarrow.Schema | None = None
) -> int:
    """Write row groups of GROUP_ROWS records; without a schema the first group gives it."""
    count = 0
    remaining = iter(records)
    group = list(islice(remaining, GROUP_ROWS))
    shape = schema or pyarrow.Table.from_pylist(group).schema
    with parquet.ParquetWriter(place, shape, compression="zstd") as writer:
        while group:
            writer.write_table(pyarrow.Table.from_pylist(group, schema=shape))
            count += len(group)
            group = list(islice(remaining, GROUP_ROWS))
    return count


def write_csv(
    records: Iterable[Mapping[str, Any]], *, place: Path, schema: pyarrow.Schema | None = None
) -> int:
    """Write a header and one record a line, each text cell guarded; nothing is an empty cell."""
    count = 0
    with place.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        if schema is not None:
            writer.writerow(schema.names)
        for record in records:
            writer.writerow(_cell(value) for value in record.values())
            count += 1
    return count


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet runs: an apostrophe goes before what could begin a formula.

    `unguarded` gives the cell back, since a cell that begins with an apostrophe gets a second one.
    """
    return f"'{cell}" if cell.startswith(_RISKY) else cell


def unguarded(cell: str) -> str:
    """Return the text that `guarded` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_RISKY) else cell


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    # A number is no formula, though a negative one begins with a risky sign.
    return guarded(value) if isinstance(value, str) else str(value)


WRITERS: Mapping[str, Writer] = {
    ".jsonl": write_json_lines,
    ".parquet": write_parquet,
    ".csv": write_csv,
}
