"""Mined conversations, and the pairs that a recipe proposes from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from feedback_mining.domain.findings import Finding, dsat_probability, sat_probability


@dataclass(frozen=True, slots=True, kw_only=True)
class MinedConversation:
    """A conversation as (role, text) turns, with the findings of each user message by its index."""

    conversation: str
    messages: tuple[tuple[str, str], ...]
    findings: Mapping[int, tuple[Finding, ...]]

    def role(self, index: int) -> str:
        """Return who wrote a message."""
        return self.messages[index][0]

    def text(self, index: int) -> str:
        """Return what a message says."""
        return self.messages[index][1]

    def found(self, index: int) -> tuple[Finding, ...]:
        """Return the findings of a message; none where nothing was found."""
        return tuple(self.findings.get(index, ()))

    def dsat(self, index: int) -> float:
        """Return the probability that a message voices dissatisfaction."""
        return dsat_probability(self.found(index))

    def sat(self, index: int) -> float:
        """Return the probability that a message voices satisfaction."""
        return sat_probability(self.found(index))


class SkipReason(StrEnum):
    """Why a complaint gives no pair: a short code that is counted."""

    NO_REQUEST = "no_request"
    NOT_ABOUT_THE_ANSWER = "not_about_the_answer"
    REQUEST_CHANGED = "request_changed"
    NEW_TOPIC = "new_topic"
    NO_LATER_ANSWER = "no_later_answer"
    ANSWERED_WITH_TOOLS = "answered_with_tools"
    SAME_ANSWER = "same_answer"
    REFERS_TO_COMPLAINT = "refers_to_complaint"
    CHOSEN_DREW_COMPLAINT = "chosen_drew_complaint"


SKIP_SENTENCES: Mapping[SkipReason, str] = {
    SkipReason.NO_REQUEST: "No user message comes right before the answer, so there is no prompt to answer.",
    SkipReason.NOT_ABOUT_THE_ANSWER: "The user turned away, but did not complain of what the answer said.",
    SkipReason.REQUEST_CHANGED: "The user corrected the request, so the first answer was not at fault.",
    SkipReason.NEW_TOPIC: "The user went on to something else, so the next answer is to another request.",
    SkipReason.NO_LATER_ANSWER: "No answer follows the complaint.",
    SkipReason.ANSWERED_WITH_TOOLS: "The later answer rests on tools that the first one did not have.",
    SkipReason.SAME_ANSWER: "The later answer is the same as the first.",
    SkipReason.REFERS_TO_COMPLAINT: "The later answer refers to the complaint, which the prompt does not hold.",
    SkipReason.CHOSEN_DREW_COMPLAINT: "The later answer drew a complaint as well.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCandidate:
    """A proposed pair; indexes count the conversation's messages, `span` the complaint's characters.

    `prompt_length` messages come before the rejected answer, the last of them from the user. `confidence` in
    [0, 1] is how surely the chosen answer is the better one.
    """

    prompt_length: int
    rejected_index: int
    chosen_index: int
    complaint_index: int
    confidence: float
    criteria: tuple[str, ...]
    span: tuple[int, int]
    wish: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSkip:
    """A complaint that gives no pair, and why."""

    complaint_index: int
    reason: SkipReason
    sentence: str


class PairRecipe(Protocol):
    """How pairs are proposed from a mined conversation."""

    @property
    def name(self) -> str:
        """Return the name in the catalogue."""
        ...

    @property
    def title(self) -> str:
        """Return what people choose the recipe by."""
        ...

    def propose(self, conversation: MinedConversation) -> Sequence[PairCandidate | PairSkip]:
        """Return a candidate or a reason for each complaint of the conversation, in its order."""
        ...
