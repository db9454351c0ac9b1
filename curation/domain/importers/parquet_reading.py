"""Rows of a Parquet file as JSON records, a few hundred at a time: memory does not grow with the file."""

import base64
import json
import math
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any, NamedTuple
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from curation.domain.corpus.records import JsonValue, Position, Refusal, RefusalReason, weight_of
from curation.domain.importers.cleaning import clean_value
from curation.domain.importers.json_decoding import JsonRecord
from curation.domain.importers.reading import (
    EXCERPT_CHARACTERS,
    BrokenSourceError,
    Source,
    SourceError,
    broken_source_refusal,
    in_megabytes,
    oversize_refusal,
)
from curation.domain.importers.unpacking import ExpansionError, Packing

# Rows that are turned into objects at once. A row of chat text takes 2 to 50 KB.
BATCH_ROWS = 128
# Where only the beginning is wanted.
FIRST_ROWS = 256
# A packed Parquet file has to be unpacked into memory, since its index stands at its end.
UNPACKED_BYTES = 64 << 20
_SHOWN_COLUMNS = 24
_EXCERPT_FIELDS = 4


class _UnreadableRow(NamedTuple):
    """A row that Python has no value for, the column that it is for, and why."""

    column: str
    error: Exception


def parquet_records(source: Source) -> Iterator[JsonRecord | Refusal]:
    """Yield every row as an object; a row whose text is no UTF-8 or that is too large is refused alone."""
    try:
        yield from _rows(source)
    except BrokenSourceError as error:
        yield broken_source_refusal(error, source=source)
    except (pa.ArrowException, OSError, MemoryError) as error:
        broken = BrokenSourceError(f"{source.name} is damaged: its rows cannot be read further.")
        broken.__cause__ = error
        yield broken_source_refusal(broken, source=source)


def parquet_columns(source: Source) -> dict[str, str]:
    """Return the type of each column, as Arrow writes types; raises SourceError for a damaged file."""
    with closing(_opened(source)) as file:
        return {field.name: str(field.type) for field in file.schema_arrow}


def described_columns(columns: dict[str, str]) -> str:
    """Return columns with their types in a few words."""
    shown = [f"{name} ({kind})" for name, kind in list(columns.items())[:_SHOWN_COLUMNS]]
    left = len(columns) - len(shown)
    return ", ".join(shown) + (f" and {left} more" if left else "")


def _rows(source: Source) -> Iterator[JsonRecord | Refusal]:
    with closing(_opened(source)) as file:
        total, number = file.metadata.num_rows, 0
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            for value in _objects(batch):
                number += 1
                source.bytes_read.count = source.size * number // max(1, total)
                yield _record(value, position=Position(file=source.name, record=number), source=source)
            if source.only_first and number >= FIRST_ROWS:
                return


def _opened(source: Source) -> pq.ParquetFile:
    try:
        content = source.path if source.packing is Packing.PLAIN else BytesIO(_unpacked(source))
        file = pq.ParquetFile(content, pre_buffer=False, buffer_size=1 << 20)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(
            f"{source.name} begins like a Parquet file, but its index cannot be read: it is damaged or cut."
            " Copy it again."
        ) from error
    _require_no_bomb(file, source=source)
    return file


def _unpacked(source: Source) -> bytes:
    content = bytearray()
    for chunk in source.raw_chunks():
        content += chunk
        if len(content) > UNPACKED_BYTES:
            raise SourceError(
                f"{source.name} is a Parquet file that was packed once more, and unpacks to more than"
                f" {in_megabytes(UNPACKED_BYTES)}. Parquet packs its columns itself: import the file unpacked."
            )
    return bytes(content)


def _require_no_bomb(file: pq.ParquetFile, *, source: Source) -> None:
    """Refuse a file whose own index says that it expands beyond the limits."""
    groups = (file.metadata.row_group(number) for number in range(file.metadata.num_row_groups))
    columns = (group.column(number) for group in groups for number in range(group.num_columns))
    expanded, limits = sum(column.total_uncompressed_size for column in columns), source.limits
    is_bomb = expanded > limits.ratio_from_bytes and expanded > source.size * limits.packed_ratio
    if is_bomb or expanded > limits.expanded_bytes:
        raise ExpansionError(
            f"{source.name} expands to {in_megabytes(expanded)} from {in_megabytes(source.size)}, which is more"
            " than is read. If it is genuine, write it anew with smaller columns."
        )


def _objects(batch: pa.RecordBatch) -> list[dict[str, Any] | _UnreadableRow]:
    """Return the rows of a batch, and in the place of a row that cannot be read what says so."""
    try:
        return [*batch.to_pylist()]
    except Exception:  # noqa: BLE001 - which one it is depends on what a column holds; the row alone is refused
        return [_object_at(batch, row) for row in range(batch.num_rows)]


def _object_at(batch: pa.RecordBatch, row: int) -> dict[str, Any] | _UnreadableRow:
    found: dict[str, Any] = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        try:
            found[name] = column[row].as_py()
        except Exception as error:  # noqa: BLE001 - as above
            return _UnreadableRow(column=name, error=error)
    return found


def _refused(row: _UnreadableRow, *, position: Position) -> Refusal:
    if isinstance(row.error, UnicodeDecodeError):
        sentence = "A text of this row is not UTF-8, as Parquet demands. Write the file anew."
        return Refusal(position=position, reason=RefusalReason.NOT_UTF8, sentence=sentence)
    sentence = (
        f'What this row holds in the column "{row.column[:60]}" cannot be read: a time that lies too far off, or a'
        " name that stands twice. Write the file anew without it."
    )
    return Refusal(position=position, reason=RefusalReason.UNREADABLE_RECORD, sentence=sentence)


def _record(
    row: dict[str, Any] | _UnreadableRow, *, position: Position, source: Source
) -> JsonRecord | Refusal:
    if isinstance(row, _UnreadableRow):
        return _refused(row, position=position)
    cap = source.limits.record_bytes
    if (size := weight_of(row)) > cap:
        return oversize_refusal(position, size=size, cap=cap)
    value, cleaned = clean_value({name: as_json(cell) for name, cell in row.items()})
    return JsonRecord(value, position, _excerpt(value), cleaned)


def as_json(cell: Any) -> JsonValue:
    """Return what a cell holds as JSON: times in ISO 8601, bytes in base64, a number that is none as null."""
    if cell is None or isinstance(cell, str | bool | int):
        return cell
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    if isinstance(cell, dict):
        return {str(key): as_json(value) for key, value in cell.items()}
    if isinstance(cell, list | tuple):
        return [as_json(value) for value in cell]
    return _as_text(cell)


def _as_text(cell: Any) -> JsonValue:
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, bytes):
        return base64.b64encode(cell).decode()
    if isinstance(cell, timedelta):
        return cell.total_seconds()
    return str(cell) if isinstance(cell, UUID) else None


def _excerpt(value: dict[str, JsonValue]) -> str:
    """Return the beginning of a row; long cells are cut before they are written."""
    shown = {name: _cut(cell) for name, cell in list(value.items())[:_EXCERPT_FIELDS]}
    return json.dumps(shown, ensure_ascii=False)[:EXCERPT_CHARACTERS]


def _cut(cell: JsonValue) -> JsonValue:
    if isinstance(cell, str):
        return cell[:EXCERPT_CHARACTERS]
    if isinstance(cell, list | dict):
        return f"{len(cell)} entries"
    return cell
