"""What asking about many conversations would take, from some of them."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil

from language_models.chat.expense import Expense


def spread(ids: Sequence[int], *, most: int | None) -> Sequence[int]:
    """Return at most so many ids, evenly spread over all; all of them without a limit."""
    if most is None or len(ids) <= most:
        return ids
    return ids[:: ceil(len(ids) / most)]


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
