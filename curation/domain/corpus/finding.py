"""What a list of conversations can be narrowed to, as plain values that an address, a saved view and a recipe share."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from math import isfinite
from typing import Any
from uuid import UUID

from curation.domain.errors import HarkenError

# Longer values of an address are nobody's.
LONGEST_VALUE = 400
MOST_TAGS = 8
# More than any column of counts holds.
LARGEST_NUMBER = 2**31 - 1


class FilterError(HarkenError):
    """A filter whose value cannot be one; the text is written for people."""


class Order(StrEnum):
    """In which order conversations are listed."""

    NEWEST = "newest"
    START = "start"
    WORDS = "words"
    TURNS = "turns"


class Signals(StrEnum):
    """What the mining of feedback found in a conversation."""

    SAT = "sat"
    DSAT = "dsat"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationFilters:
    """What a list is narrowed to; an empty text, an empty tuple or None narrows nothing.

    Days and ranges include both ends. `words` are those of the word search; every tag must be there. `order`
    None leaves the order to the filters: a range is read from its upper end.
    """

    language: str = ""
    model: UUID | None = None
    batch: UUID | None = None
    started_from: date | None = None
    started_to: date | None = None
    least_turns: int | None = None
    most_turns: int | None = None
    least_words: int | None = None
    most_words: int | None = None
    tags: tuple[str, ...] = ()
    scorer: UUID | None = None
    least_score: float | None = None
    most_score: float | None = None
    signals: Signals | None = None
    version: UUID | None = None
    split: str = ""
    topic: UUID | None = None
    words: str = ""
    archived: bool = False
    order: Order | None = None

    @property
    def is_narrowing(self) -> bool:
        """Whether anything but the order is asked for."""
        return any(name != "order" for name in self.as_document())

    @property
    def effective_order(self) -> Order:
        """The order of the list: the one that is asked for, else that of the first range."""
        if self.order is not None:
            return self.order
        ranges = {
            Order.START: (self.started_from, self.started_to),
            Order.WORDS: (self.least_words, self.most_words),
            Order.TURNS: (self.least_turns, self.most_turns),
        }
        return next((order for order, ends in ranges.items() if ends != (None, None)), Order.NEWEST)

    def as_document(self) -> dict[str, Any]:
        """Return what is set, as JSON values, for a saved view or a recipe."""
        chosen = {each.name: getattr(self, each.name) for each in fields(self)}
        return {
            name: _as_json(value)
            for name, value in chosen.items()
            if value is not None and value is not False and value not in ("", ())
        }

    def as_query(self) -> list[tuple[str, str]]:
        """Return what is set, as the pairs of an address."""
        return [(name, text) for name, value in self.as_document().items() for text in (_texts(value))]


def filters_from(document: Mapping[str, Any]) -> ConversationFilters:
    """Read filters from a document or an address; names of others are left alone, nonsense raises FilterError."""
    return ConversationFilters(
        **{
            name: _read_one(name, read, document[name])
            for name, read in _READERS.items()
            if document.get(name) not in (None, "", [], ())
        }
    )


def _read_one(name: str, read: Callable[[Any], Any], value: Any) -> Any:
    try:
        return read(value)
    except (ValueError, TypeError, OverflowError) as error:
        message = f"The filter {name} cannot be {str(value)[:60]!r}."
        raise FilterError(message) from error


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_VALUE or "\x00" in value:
        raise ValueError
    return value.strip()


def _number(value: Any) -> int:
    number = int(_plain(value))
    if not 0 <= number <= LARGEST_NUMBER:
        raise ValueError
    return number


def _score(value: Any) -> float:
    number = float(_plain(value))
    if not isfinite(number):
        raise ValueError
    return number


def _plain(value: Any) -> Any:
    """Refuse what Python reads as a number and people do not, such as `1_0` and `True`."""
    if isinstance(value, bool) or (isinstance(value, str) and not value.isascii()) or "_" in str(value):
        raise ValueError
    return value


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(_text(value))


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(_text(value))


def _tags(value: Any) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else list(value)
    if len(names) > MOST_TAGS:
        raise ValueError
    return tuple(dict.fromkeys(_text(name) for name in names if name))


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "language": _text,
    "model": _uuid,
    "batch": _uuid,
    "started_from": _day,
    "started_to": _day,
    "least_turns": _number,
    "most_turns": _number,
    "least_words": _number,
    "most_words": _number,
    "tags": _tags,
    "scorer": _uuid,
    "least_score": _score,
    "most_score": _score,
    "signals": lambda value: Signals(_text(value)),
    "version": _uuid,
    "split": _text,
    "topic": _uuid,
    "words": _text,
    "archived": lambda value: value in (True, "1", "true"),
    "order": lambda value: Order(_text(value)),
}


def _as_json(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, bool | int | float) else str(value)


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, list):
        return [str(each) for each in value]
    return ["1" if value is True else str(value)]
