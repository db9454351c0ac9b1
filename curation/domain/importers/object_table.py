"""JSON objects and Parquet rows as a table: each field is a column, each value the text of a cell."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from curation.domain.corpus.records import JsonValue, Refusal, RefusalReason
from curation.domain.importers.importing import json_type
from curation.domain.importers.json_reading import json_records
from curation.domain.importers.reading import Source, SourceError, holds_objects
from curation.domain.importers.table_reading import Row, Table, open_table

# Records that the columns are learned from; a field that first comes later cannot be mapped.
_SAMPLE_RECORDS = 200
_MAX_COLUMNS = 200
# Fields of objects inside a record are columns too, named "outer.inner", down to this depth.
_MAX_NESTING = 3

JsonObject = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectTable:
    """Objects of a file whose fields are known."""

    source: Source
    columns: tuple[str, ...]
    has_header: bool = True

    def rows(self) -> Iterator[Row | Refusal]:
        """Yield every object as a row; what is no object is refused alone."""
        for record in json_records(self.source):
            if isinstance(record, Refusal):
                yield record
            elif isinstance(record.value, dict):
                yield Row(row_of_object(record.value, columns=self.columns), record.position, record.cleaned)
            else:
                yield Refusal(
                    position=record.position,
                    reason=RefusalReason.WRONG_TYPE,
                    sentence=f"This record is {json_type(record.value)}, not an object with named fields.",
                    excerpt=record.excerpt,
                )

    def sample(self, count: int) -> list[tuple[str, ...]]:
        """Return the cells of the first readable rows."""
        return [row.cells for row in islice(self.rows(), count) if isinstance(row, Row)]


def open_object_table(source: Source) -> ObjectTable:
    """Learn the columns of a file of objects from its first records; raises SourceError where it has none."""
    if not holds_objects(source):
        raise SourceError(f"{source.name} holds no JSON objects. Check that it is JSON, JSONL or Parquet.")
    first = list(islice(json_records(source), _SAMPLE_RECORDS))
    values = [record.value for record in first if not isinstance(record, Refusal)]
    columns = columns_of_objects(value for value in values if isinstance(value, dict))
    if not columns:
        why = next(
            (each.sentence for each in first if isinstance(each, Refusal)), "Check that it holds records."
        )
        raise SourceError(f"{source.name} holds no object with fields. {why}")
    return ObjectTable(source=source, columns=columns)


def open_any_table(source: Source, *, has_header: bool | None = None) -> Table:
    """Open whatever can be read as rows of named columns: CSV, JSON objects or Parquet."""
    return open_object_table(source) if holds_objects(source) else open_table(source, has_header=has_header)


def columns_of_objects(objects: Iterable[JsonObject]) -> tuple[str, ...]:
    """Return the fields of objects in the order in which they first come, those of inner objects by their path."""
    names = dict.fromkeys(name for each in objects for name, _ in _fields(each))
    return tuple(islice(names, _MAX_COLUMNS))


def row_of_object(value: JsonObject, *, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the text of each column's value, "" where the object does not have it."""
    found = dict(_fields(value))
    return tuple(_text_of(found.get(column)) for column in columns)


def _fields(value: JsonObject, *, prefix: str = "", depth: int = 1) -> Iterator[tuple[str, JsonValue]]:
    for name, inner in value.items():
        if isinstance(inner, dict) and inner and depth < _MAX_NESTING:
            yield from _fields(inner, prefix=f"{prefix}{name}.", depth=depth + 1)
        else:
            yield f"{prefix}{name}", inner


def _text_of(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)
