"""What asking models takes: requests, tokens and cost, and what people should know of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any, TypeVar

from language_models.chat.asking import Price, tokens_of
from language_models.chat.contract import ChatReply, ChatRequest

Listed = TypeVar("Listed")
_COUNTS = ("requests", "cached", "prompt_tokens", "completion_tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    """What asking took, or would take: all zero where everything runs on this machine.

    `cost` is in the currency of the budget, None where no price is known. `notes` counts what people should know
    of, by a short code: quotes that were dropped, conversations that could not be read, messages passed on.
    """

    requests: int = 0
    cached: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: Decimal | None = Decimal(0)
    notes: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "Expense") -> "Expense":
        """Return both together; a cost that is not known makes the sum unknown."""
        known = self.cost is not None and other.cost is not None
        return Expense(
            requests=self.requests + other.requests,
            cached=self.cached + other.cached,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            cost=(self.cost or Decimal(0)) + (other.cost or Decimal(0)) if known else None,
            notes={
                name: self.notes.get(name, 0) + other.notes.get(name, 0)
                for name in sorted({*self.notes, *other.notes})
            },
        )

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Expense":
        """Return what `as_json` gave; nothing was spent where nothing was written."""
        counts = {name: written.get(name, 0) for name in _COUNTS}
        cost = written.get("cost", "0")
        notes = {name: count for name, count in written.items() if name not in {*_COUNTS, "cost"}}
        return cls(**counts, cost=None if cost is None else Decimal(cost), notes=notes)

    def as_json(self) -> dict[str, Any]:
        """Return plain values; the cost as text, so that no digit is lost."""
        return {
            **{name: getattr(self, name) for name in _COUNTS},
            "cost": None if self.cost is None else str(self.cost),
            **self.notes,
        }


def expected_expense(requests: Iterable[ChatRequest], *, price: Price) -> Expense:
    """Return what these requests would take at most; what is stored already is not taken off."""
    whole = Expense()
    for request in requests:
        whole += Expense(
            requests=1,
            prompt_tokens=tokens_of(request.messages),
            completion_tokens=request.settings.max_tokens or 0,
            cost=price.expected(request),
        )
    return whole


def expense_of(reply: ChatReply, *, price: Price) -> Expense:
    """Return what a reply took: nothing but a count where it was stored already."""
    return Expense(
        requests=int(not reply.is_cached),
        cached=int(reply.is_cached),
        prompt_tokens=0 if reply.is_cached else reply.prompt_tokens,
        completion_tokens=0 if reply.is_cached else reply.completion_tokens,
        cost=price.of_reply(reply),
    )


def spread(listed: Sequence[Listed], *, most: int | None) -> Sequence[Listed]:
    """Return at most so many, evenly spread over all; all of them without a limit."""
    if most is None or len(listed) <= most:
        return listed
    return listed[:: ceil(len(listed) / most)]


def scaled(expense: Expense, *, read: int, of: int) -> Expense:
    """Return what all would take, where so many of them take this; counts are rounded up."""
    if not read or read >= of:
        return expense
    factor = Fraction(of, read)
    return Expense(
        requests=ceil(expense.requests * factor),
        prompt_tokens=ceil(expense.prompt_tokens * factor),
        completion_tokens=ceil(expense.completion_tokens * factor),
        cost=None if expense.cost is None else expense.cost * Decimal(of) / Decimal(read),
        notes=expense.notes,
    )
