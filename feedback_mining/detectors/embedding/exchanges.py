"""Exchanges written for this project: a request, an answer, and the messages that might follow it, with labels.

The same answer is followed by complaints, by thanks and by what says nothing of it: what tells them apart is not the
topic.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from feedback_mining.domain.contexts import FeedbackContext

_FILE = Path(__file__).with_name("exchanges.jsonl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A message in its context and what is known of it; a `group` is a kind of conversation."""

    context: FeedbackContext
    sat: bool
    dsat: bool
    group: str


@cache
def exchanges() -> tuple[Exchange, ...]:
    """Return all written exchanges, in the order of the file."""
    rows = [json.loads(line) for line in _FILE.read_text(encoding="utf-8").splitlines()]
    return tuple(
        Exchange(
            context=_context(
                f"exchange-{place}", row["text"], response=row["response"], earlier=row["earlier"]
            ),
            sat=row["sat"],
            dsat=row["dsat"],
            group=row["group"],
        )
        for place, row in enumerate(rows)
    )


def moved_requests() -> list[Exchange]:
    """Return each first request as if it came after the answer to another one: it is no feedback on that."""
    by_answer = {each.context.response: each for each in exchanges()}
    ordered = list(by_answer.values())
    moved = []
    for place, asked in enumerate(ordered):
        before = ordered[place - len(ordered) // 2].context
        context = replace(before, text=asked.context.earlier_requests[0])
        moved.append(Exchange(context=context, sat=False, dsat=False, group=asked.group))
    return moved


def _context(name: str, text: str, *, response: str, earlier: Sequence[str]) -> FeedbackContext:
    place = 2 * len(earlier)
    return FeedbackContext(
        conversation=name,
        index=place,
        text=text,
        response=response,
        response_index=place - 1,
        earlier_requests=tuple(earlier),
        language="en",
    )
