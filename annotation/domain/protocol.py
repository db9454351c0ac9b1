"""What a protocol of judgement is: the question, its keys, what is stored of an answer, and what it means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from curation.domain.errors import HarkenError

# What a form sends: every field with all its values, as a browser repeats the names of check boxes.
Payload = Mapping[str, Sequence[str]]


class AnswerError(HarkenError):
    """An answer that the protocol does not know, or a setting of a queue that it cannot use."""


class Reads(StrEnum):
    """What a task of a protocol is made of."""

    ANSWER = "answer"
    PAIR = "pair"
    JOINT_PAIR = "joint_pair"
    ANSWERS = "answers"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer that a single key gives."""

    key: str
    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody was asked: the ids of the answers in the order in which they stood, and the queue's settings."""

    shown: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """A verdict on two answers by their ids; `strength` runs from -3 to 3, positive for the first."""

    first: str
    second: str
    outcome: str
    strength: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What an answer got on one attribute, in units of the queue's scale."""

    response: str
    attribute: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """An answer as a person would have it, in place of the one of this id."""

    response: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusions:
    """What an answer means, whatever side anything stood on: preferences, ratings, places (1 is best), corrections."""

    preferences: Sequence[Preference] = ()
    ratings: Sequence[Rating] = ()
    places: Mapping[str, int] = field(default_factory=dict)
    corrections: Sequence[Correction] = ()


class JudgementProtocol(Protocol):
    """How a task is asked and answered. A plug-in is one file in annotation/protocols/."""

    name: str
    title: str
    template: str
    reads: Reads

    def choices(self, settings: Mapping[str, Any]) -> Sequence[Choice]:
        """Return what a single key answers, as the page prints it."""

    def settings(self, payload: Payload) -> dict[str, Any]:
        """Return the settings of a queue, complete with what was not named, or raise AnswerError with a sentence."""

    def parse(self, payload: Payload, asked: Asked) -> dict[str, Any]:
        """Return the answer to store, or raise AnswerError with a sentence."""

    def conclude(self, answer: Mapping[str, Any], asked: Asked) -> Conclusions:
        """Return what a stored answer means; a swap of the sides swaps nothing in it."""


def one(payload: Payload, name: str) -> str:
    """Return the last value of a field, trimmed; "" where the form has none."""
    values = payload.get(name) or ("",)
    return values[-1].strip()
