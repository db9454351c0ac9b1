"""What whoever asks a paid model hands in: a cache of replies, and a meter that knows the budget."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol, TypeAlias

Reply: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one request took; `cost` is None where no price is known, `seconds` is wall-clock time."""

    endpoint: str
    model: str
    request_hash: str
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    cost: Decimal | None = None
    is_cached: bool = False


class BudgetSpentError(Exception):
    """The budget does not allow another request; the text is written for people."""


class Cache(Protocol):
    """Remembers replies by the hash of their whole request: endpoint, model, settings and messages."""

    def find(self, request_hash: str) -> Reply | None:
        """Return the reply that was stored, or None."""
        ...

    def store(self, request_hash: str, *, reply: Reply) -> None:
        """Remember a reply; storing the same hash again keeps the first, so that a run can be repeated."""
        ...


class Meter(Protocol):
    """Counts requests and their cost, and stops whoever would overdraw the budget."""

    def authorise(self, *, endpoint: str, expected_cost: Decimal | None) -> None:
        """Return where the request may be made; raises BudgetSpentError. Called before every request."""
        ...

    def record(self, usage: Usage) -> None:
        """Count a request that was answered, from the cache too. Called once per reply."""
        ...
