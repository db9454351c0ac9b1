"""What an importer is, what it may look at to recognise its format, and how it refuses a record."""

import logging
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Protocol, TypeAlias, TypeVar

from curation.domain.corpus.records import ConversationRecord, JointRecord, Position, Refusal, RefusalReason
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.json_decoding import JsonRecord
from curation.domain.importers.json_reading import json_records
from curation.domain.importers.reading import Source
from curation.domain.importers.record_fields import (
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

__all__ = [
    "Detection",
    "Head",
    "Imported",
    "Importer",
    "JsonObject",
    "RecordError",
    "all_or_refused",
    "as_structured",
    "convert_records",
    "json_type",
    "label_of",
    "moment_of",
    "object_of",
    "or_refused",
    "read_or_refused",
    "refusal_at",
    "refusal_of",
    "required",
    "required_list",
    "required_text",
    "truth_of",
    "wrong_type",
]

Imported: TypeAlias = ConversationRecord | JointRecord | Refusal
Read = TypeVar("Read")

log = logging.getLogger(__name__)


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


def or_refused(
    read: Callable[[], Read], *, position: Position, excerpt: str = "", units: int = 1
) -> Read | Refusal:
    """Return what is read at a position, or its refusal for whatever is raised on the way.

    A record may hold what nobody foresaw, and one such record must not end the import of all others.
    """
    try:
        return read()
    except RecordError as error:
        return replace(refusal_at(position, error=error, excerpt=excerpt), units=units)
    except Exception as error:  # noqa: BLE001 - what it is is told, and where it was raised is logged
        return unreadable(position, error=error, excerpt=excerpt, units=units)


def read_or_refused(record: JsonRecord | Refusal, *, read: Callable[[JsonRecord], Read]) -> Read | Refusal:
    """Return what is read of a record, or its refusal; a refusal stays as it is."""
    if isinstance(record, Refusal):
        return record
    return or_refused(lambda: read(record), position=record.position, excerpt=record.excerpt)


def all_or_refused(
    read: Callable[[], Iterable[Read]], *, position: Position, excerpt: str = "", units: int = 1
) -> list[Read | Refusal]:
    """Return all that is read of what begins at a position, or its refusal alone."""
    found = or_refused(lambda: list(read()), position=position, excerpt=excerpt, units=units)
    return [found] if isinstance(found, Refusal) else [*found]


def unreadable(position: Position, *, error: Exception, excerpt: str = "", units: int = 1) -> Refusal:
    """Return the refusal of a record that something was raised for which no importer foresaw."""
    kind = type(error).__name__
    place = traceback.extract_tb(error.__traceback__)[-1]
    _log_once(kind, f"{place.filename}:{place.lineno}")
    sentence = (
        f"Something in this record was not foreseen ({kind}), so it was left out. Report it with the beginning of"
        " the record, and import the file again once it is mended: what is known already is skipped."
    )
    return Refusal(
        position=position,
        reason=RefusalReason.UNREADABLE_RECORD,
        sentence=sentence,
        excerpt=excerpt,
        units=units,
    )


@lru_cache(maxsize=256)
def _log_once(kind: str, place: str) -> None:
    """Log an error by its kind and place, never with its words, which may be a user's."""
    log.warning("A record was refused because of %s at %s", kind, place)


def _converted(
    record: JsonRecord, *, convert: Callable[[JsonObject, Position], ConversationRecord | JointRecord]
) -> Imported:
    try:
        imported = convert(object_of(record), record.position)
    except RecordError as error:
        return refusal_of(record, error=error)
    except Exception as error:  # noqa: BLE001 - one odd record must not end the import of all others
        return unreadable(record.position, error=error, excerpt=record.excerpt)
    if not record.cleaned:
        return imported
    if isinstance(imported, JointRecord):
        return replace(imported, chosen=replace(imported.chosen, cleaned=record.cleaned))
    return replace(imported, cleaned=record.cleaned)
