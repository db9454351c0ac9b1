"""What an importer is, what it may look at to recognise its format, and how it refuses a record."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol, TypeAlias

from curation.domain.column_mapping import ColumnMapping
from curation.domain.json_decoding import JsonRecord
from curation.domain.json_reading import json_records
from curation.domain.reading import Source
from curation.domain.records import (
    ConversationRecord,
    JointRecord,
    JsonValue,
    Position,
    Refusal,
    RefusalReason,
)

JsonObject: TypeAlias = Mapping[str, JsonValue]
Imported: TypeAlias = ConversationRecord | JointRecord | Refusal

# Times of this size are milliseconds: as seconds they would lie beyond the year 5100.
_MILLISECONDS_FROM = 1e11


class RecordError(Exception):
    """A record that is refused; its position is known to the caller alone."""

    def __init__(self, reason: RefusalReason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


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


def required(record: JsonObject, key: str) -> JsonValue:
    """Return a field that a record must have; raises RecordError where it is absent or null."""
    value = record.get(key)
    if value is None:
        raise RecordError(RefusalReason.MISSING_FIELD, f'The field "{key}" is missing.')
    return value


def required_text(record: JsonObject, key: str) -> str:
    """Return a text field that a record must have."""
    value = required(record, key)
    if not isinstance(value, str):
        raise wrong_type(key, value=value, wanted="text")
    return value


def required_list(record: JsonObject, key: str) -> list[JsonValue]:
    """Return a list field that a record must have."""
    value = required(record, key)
    if not isinstance(value, list):
        raise wrong_type(key, value=value, wanted="a list")
    return value


def label_of(record: JsonObject, *keys: str) -> str:
    """Return the first of these fields that is there, as text, since ids are numbers too; "" for none."""
    key = next((key for key in keys if record.get(key) is not None), None)
    if key is None:
        return ""
    value = record[key]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise wrong_type(key, value=value, wanted="text")
    return str(value)


def wrong_type(key: str, *, value: JsonValue, wanted: str) -> RecordError:
    """Return the error for a field of another type than it must have."""
    return RecordError(
        RefusalReason.WRONG_TYPE, f'The field "{key}" is {json_type(value)}, where {wanted} is expected.'
    )


def json_type(value: JsonValue) -> str:
    """Name the JSON type of a value as people say it."""
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def moment_of(value: JsonValue) -> datetime | None:
    """Read an ISO 8601 time or seconds (or milliseconds) since 1970, without a zone as UTC.

    None for anything else: a source's time is kept where it is known, and no conversation is refused for it.
    """
    try:
        return _parsed_moment(value)
    except (ValueError, OverflowError, OSError):
        return None


def _parsed_moment(value: JsonValue) -> datetime | None:
    if isinstance(value, str):
        parsed = datetime.fromisoformat(value.strip())
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS_FROM else value, tz=UTC)


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
