"""What an importer is, what it may look at to recognise its format, and how it refuses a record."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

from curation.domain.column_mapping import ColumnMapping
from curation.domain.json_decoding import JsonRecord
from curation.domain.json_reading import json_records
from curation.domain.reading import Source
from curation.domain.record_fields import (
    JsonObject,
    RecordError,
    as_structured,
    json_type,
    label_of,
    moment_of,
    required,
    required_list,
    required_text,
    truth_of,
    wrong_type,
)
from curation.domain.records import ConversationRecord, JointRecord, Position, Refusal, RefusalReason

__all__ = [
    "Detection",
    "Head",
    "Imported",
    "Importer",
    "JsonObject",
    "RecordError",
    "as_structured",
    "convert_records",
    "json_type",
    "label_of",
    "moment_of",
    "object_of",
    "refusal_at",
    "refusal_of",
    "required",
    "required_list",
    "required_text",
    "truth_of",
    "wrong_type",
]

Imported: TypeAlias = ConversationRecord | JointRecord | Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The beginning of a file: its first JSON objects, or its columns and first rows as CSV.

    `types` holds the type of each column of a Parquet file, as Arrow writes types.
    """

    file_name: str
    records: tuple[JsonObject, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    has_header: bool = True
    types: Mapping[str, str] = field(default_factory=dict)

    def share_of(self, fits: Callable[[JsonObject], bool]) -> float:
        """Return the share of the first records that fit, in [0, 1]."""
        return sum(map(fits, self.records)) / len(self.records) if self.records else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """The format that a file most likely has; `why` is a sentence for people."""

    name: str
    confidence: float
    why: str


class Importer(Protocol):
    """A file format that conversations come in; only tables need a mapping."""

    name: str
    title: str

    def sniff(self, head: Head) -> float:
        """Return how well a file's beginning fits, in [0, 1]."""
        ...

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield every record, in constant memory, as a conversation or as a refusal."""
        ...


def convert_records(
    source: Source, *, convert: Callable[[JsonObject, Position], ConversationRecord | JointRecord]
) -> Iterator[Imported]:
    """Yield what `convert` makes of each JSON record; a RecordError becomes the refusal of that record."""
    for record in json_records(source):
        yield record if isinstance(record, Refusal) else _converted(record, convert=convert)


def object_of(record: JsonRecord) -> JsonObject:
    """Return the record's value where it is an object; raises RecordError where it is not."""
    if isinstance(record.value, dict):
        return record.value
    raise RecordError(
        RefusalReason.WRONG_TYPE,
        f"This record is {json_type(record.value)}, not an object with the fields of a conversation.",
    )


def refusal_of(record: JsonRecord, *, error: RecordError) -> Refusal:
    """Return the refusal of a record for the reason that an error gives."""
    return refusal_at(record.position, error=error, excerpt=record.excerpt)


def refusal_at(position: Position, *, error: RecordError, excerpt: str) -> Refusal:
    """Return the refusal of what stands at a position for the reason that an error gives."""
    return Refusal(position=position, reason=error.reason, sentence=error.sentence, excerpt=excerpt)


def _converted(
    record: JsonRecord, *, convert: Callable[[JsonObject, Position], ConversationRecord | JointRecord]
) -> Imported:
    try:
        imported = convert(object_of(record), record.position)
    except RecordError as error:
        return refusal_of(record, error=error)
    if not record.cleaned:
        return imported
    if isinstance(imported, JointRecord):
        return replace(imported, chosen=replace(imported.chosen, cleaned=record.cleaned))
    return replace(imported, cleaned=record.cleaned)
