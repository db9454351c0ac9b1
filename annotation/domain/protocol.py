"""What a protocol of judgement is: the question, its keys, what is stored of an answer, and what it means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from curation.domain.errors import HarkenError

# What a form sends: every field with all its values, as a browser repeats the names of check boxes.
Payload = Mapping[str, Sequence[str]]


class AnswerError(HarkenError):
    """An answer that the protocol does not know, or a setting of a queue that it cannot use.

    `field` names the field of the form that is at fault, where it is one.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


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


class Entry(StrEnum):
    """How the form of a queue asks for a setting."""

    CHECK = "check"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingField:
    """One setting of a protocol as the form of a queue asks for it; `is_way` where it offers ways of asking."""

    name: str
    label: str
    entry: Entry = Entry.CHECK
    default: str = ""
    help: str = ""
    is_way: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody was asked: the ids of the answers in the order in which they stood, and the queue's settings.

    The settings say what was drawn for them, see `annotation.domain.queues.ways`. `texts` are the answers as they were
    shown, by their ids, where the protocol reads texts.
    """

    shown: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


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
class SignalFinding:
    """What somebody says of one criterion in the user message of the task; "nothing" names no criterion."""

    verdict: str
    criterion: str = ""
    corrected: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusions:
    """What an answer means, whatever side anything stood on.

    Preferences, ratings, places (1 is best, equal places tie), corrections, and findings about a user message.
    """

    preferences: Sequence[Preference] = ()
    ratings: Sequence[Rating] = ()
    places: Mapping[str, int] = field(default_factory=dict)
    corrections: Sequence[Correction] = ()
    findings: Sequence[SignalFinding] = ()


class JudgementProtocol(Protocol):
    """How a task is asked and answered. A plug-in is one file in annotation/protocols/.

    `description` is the sentence by which a researcher chooses it, `reads_texts` whether an answer can only be
    checked beside the texts that were shown.
    """

    name: str
    title: str
    description: str
    template: str
    reads: Reads
    reads_texts: bool
    fields: Sequence[SettingField]

    def choices(self, settings: Mapping[str, Any]) -> Sequence[Choice]:
        """Return what a single key answers, as the page prints it."""

    def settings(self, payload: Payload) -> dict[str, Any]:
        """Return the settings of a queue, complete with what was not named, or raise AnswerError with a sentence."""

    def parse(self, payload: Payload, asked: Asked) -> dict[str, Any]:
        """Return the answer to store, or raise AnswerError with a sentence."""

    def material(self, texts: Sequence[str], settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the template shows beside the texts, which come in the order shown."""

    def form_of(self, answer: Mapping[str, Any], asked: Asked) -> dict[str, list[str]]:
        """Return the form by which a stored answer would be given again, for whoever changes theirs."""

    def conclude(self, answer: Mapping[str, Any], asked: Asked) -> Conclusions:
        """Return what a stored answer means; a swap of the sides swaps nothing in it."""


class PlainProtocol:
    """What most protocols leave out: keys that decide at once, settings, texts to check against, material."""

    reads_texts: bool = False
    fields: Sequence[SettingField] = ()

    def choices(self, settings: Mapping[str, Any]) -> Sequence[Choice]:
        """No single key answers."""
        return ()

    def settings(self, payload: Payload) -> dict[str, Any]:
        """There is nothing to set."""
        return {}

    def material(self, texts: Sequence[str], settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """The texts are all there is."""
        return {}

    def form_of(self, answer: Mapping[str, Any], asked: Asked) -> dict[str, list[str]]:
        """A field for each word or number of the answer, under its name."""
        return {name: [str(value)] for name, value in answer.items() if isinstance(value, str | int)}


def chosen(payload: Payload, name: str, *, known: Sequence[str], what: str) -> str:
    """Return the value of a field that must be one of the known; raises AnswerError that says what is missing."""
    value = one(payload, name)
    if value not in known:
        message = f"{value[:40]!r} is no {what}. Choose one of {', '.join(known)}."
        raise AnswerError(message)
    return value


def is_set(payload: Payload, name: str) -> bool:
    """Return whether a check box is ticked."""
    return one(payload, name) not in ("", "0", "off", "false")


def one(payload: Payload, name: str) -> str:
    """Return the last value of a field, trimmed; "" where the form has none."""
    values = payload.get(name) or ("",)
    return values[-1].strip()
