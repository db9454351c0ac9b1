"""Mined conversations, and the pairs that a recipe proposes from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from feedback_mining.domain.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class MinedConversation:
    """A conversation as (role, text) turns, with the findings of each user message by its index."""

    conversation: str
    messages: tuple[tuple[str, str], ...]
    findings: Mapping[int, tuple[Finding, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCandidate:
    """A proposed pair; indexes count the conversation's messages, `span` the complaint's characters."""

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
    reason: str
    sentence: str


class PairRecipe(Protocol):
    """How pairs are proposed from a mined conversation."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    def propose(self, conversation: MinedConversation) -> Sequence[PairCandidate | PairSkip]: ...
