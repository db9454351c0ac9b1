"""Rows of a table that names its columns, as the records of a format: what is written in a cell is text."""

from collections.abc import Iterator
from itertools import islice

from curation.domain.corpus.records import JsonValue, Refusal
from curation.domain.importers.json_decoding import JsonRecord
from curation.domain.importers.literals import LiteralError, looks_structured, structured_value
from curation.domain.importers.reading import Source, SourceError, head_bytes, holds_objects
from curation.domain.importers.record_files import unguarded
from curation.domain.importers.table_reading import CsvTable, Row, open_table

# Columns that no format has as text, so that a list which is written in a cell is meant as one. Whether a prompt or an
# answer is text or a list is for the format to say.
_LISTED = {
    *("messages", "conversation", "conversations", "conversation_a", "conversation_b", "completions"),
    *("openai_moderation", "detoxify_moderation", "toxic_chat_tag", "annotations", "metadata"),
}


def is_headed_table(source: Source) -> bool:
    """Say whether a source is a table of several columns that it names."""
    if holds_objects(source) or _has_object_lines(source):
        return False
    try:
        table = open_table(source)
    except SourceError:
        return False
    return table.has_header and len(table.columns) > 1


def _has_object_lines(source: Source) -> bool:
    """Say whether a line after the first opens an object: then the first is the rest of a record that was cut."""
    return any(line.startswith(b"{") for line in head_bytes(source).splitlines()[1:3])


def table_records(source: Source) -> Iterator[JsonRecord | Refusal]:
    """Yield every row as an object of texts; an empty cell is a field that is not there."""
    table = open_table(source)
    for row in table.rows():
        if isinstance(row, Refusal):
            yield row
        else:
            yield JsonRecord(_object(row, table=table), row.position, row.excerpt, row.cleaned)


def first_table_objects(table: CsvTable, *, count: int) -> tuple[dict[str, JsonValue], ...]:
    """Return the first rows as objects, lists and objects that their cells hold read, to recognise a format by."""
    rows = islice((row for row in table.rows() if isinstance(row, Row)), count)
    return tuple(
        {column: _value(cell) for column, cell in zip(table.columns, row.cells, strict=True)} for row in rows
    )


def _object(row: Row, *, table: CsvTable) -> dict[str, JsonValue]:
    cells = {column: cell for column, cell in zip(table.columns, row.cells, strict=True) if cell}
    # Our own tables say which split a row is in, and guard the cells that a spreadsheet would run.
    is_ours = "split" in table.columns
    if is_ours:
        cells = {column: unguarded(cell) for column, cell in cells.items()}
    return {column: _value(cell) if column in _LISTED else cell for column, cell in cells.items()}


def _value(cell: str) -> JsonValue:
    if not looks_structured(cell):
        return cell
    try:
        return structured_value(cell)
    except LiteralError:
        return cell
