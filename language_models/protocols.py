"""What whoever asks a paid model hands in: a cache of replies, and a meter that knows the budget."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from language_models.chat.contract import ChatReply


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one request took; `cost` is None where no price is known, `seconds` is wall-clock time."""

    model: str
    request_hash: str
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    cost: Decimal | None = None


class BudgetSpentError(Exception):
    """The budget does not allow another request; the text is written for people."""


class Cache(Protocol):
    """Remembers replies by the hash of their whole request: address, model, settings, schema and messages."""

    def find(self, request_hash: str, *, sources: tuple[int, ...]) -> "ChatReply | None":
        """Return the reply that was stored, marked as cached, or None."""
        ...

    def store(self, request_hash: str, *, reply: "ChatReply", sources: tuple[int, ...]) -> None:
        """Remember a reply until a conversation among `sources` is withdrawn."""
        ...

    def forget(self, request_hash: str) -> None:
        """Remember no reply of this request, so that it is asked anew."""
        ...


class Meter(Protocol):
    """Counts requests and their cost, and stops whoever would overdraw the budget."""

    def authorise(self, request_hash: str, *, expected_cost: Decimal | None) -> None:
        """Set aside what a request may cost; raises BudgetSpentError. Called before every request."""
        ...

    def record(self, usage: Usage) -> None:
        """Count a request that was answered. Called once per reply, and not for one from the cache."""
        ...

    def release(self, request_hash: str) -> None:
        """Forget what was set aside for a request that failed."""
        ...
