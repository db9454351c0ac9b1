"""The fields of a record: read as what they must be, or refused in a sentence."""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from statistics import fmean
from typing import TypeAlias

from curation.domain.corpus.records import JsonValue, RefusalReason
from curation.domain.importers.literals import LiteralError, looks_structured, structured_value

JsonObject: TypeAlias = Mapping[str, JsonValue]

# Times of this size are milliseconds: as seconds they would lie beyond the year 5100.
_MILLISECONDS_FROM = 1e11
# What files write where there is no value, in small letters.
BLANKS = frozenset({"", "-", "na", "n/a", "nan", "none", "null"})


class RecordError(Exception):
    """A record that is refused; its position is known to the caller alone."""

    def __init__(self, reason: RefusalReason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


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
    """Return a list field that a record must have; a table holds it as text."""
    value = as_structured(required(record, key))
    if not isinstance(value, list):
        raise wrong_type(key, value=value, wanted="a list")
    return value


def as_structured(value: JsonValue) -> JsonValue:
    """Return the list or the object that a text holds; anything else as it is."""
    if not isinstance(value, str) or not looks_structured(value):
        return value
    try:
        return structured_value(value)
    except LiteralError:
        return value


def truth_of(record: JsonObject, key: str) -> bool:
    """Return a field that a record must have and that is true or false, or 1 or 0; a table holds it as text."""
    value = required(record, key)
    truths = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
    said = truths.get(str(value).strip().casefold())
    if said is None or isinstance(value, list | dict):
        raise wrong_type(key, value=value, wanted="true or false")
    return said


def label_of(record: JsonObject, *keys: str) -> str:
    """Return the first of these fields that is there, as text, since ids are numbers too; "" for none."""
    for key in keys:
        value = record.get(key)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise wrong_type(key, value=value, wanted="text")
        return str(value)
    return ""


def finite(value: JsonValue) -> float | None:
    """Return a number, or what a text writes as one; None for what is none, is not finite, or is too large."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def mean_of(numbers: Iterable[float]) -> float:
    """Return the mean of finite numbers, of which there is at least one; their sum may be too large for one."""
    values = list(numbers)
    try:
        return fmean(values)
    except OverflowError:
        return math.fsum(value / len(values) for value in values)


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
    if value is None:
        return None
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
