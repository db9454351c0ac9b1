"""What a protocol of judgement is: the question, its keys, and what an answer means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from curation.domain.errors import HarkenError


class AnswerError(HarkenError):
    """An answer that the protocol does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer that a single key gives."""

    key: str
    value: str
    label: str


class JudgementProtocol(Protocol):
    """How a task is asked and answered. A plug-in is one file in annotation/protocols/."""

    name: str
    title: str
    template: str
    choices: Sequence[Choice]

    def parse(self, payload: Mapping[str, str]) -> dict[str, Any]:
        """Return the answer to store, or raise AnswerError with a sentence."""

    def outcome(self, answer: Mapping[str, Any], *, order_shown: Sequence[str], first: str) -> str:
        """Return the comparison's outcome (a, b, tie, both_bad) where `first` is the response called A."""
