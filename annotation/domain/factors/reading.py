"""Preference pairs out of records, as TRL and its like write them: sides as strings or as lists of messages."""

from collections.abc import Mapping
from itertools import takewhile
from math import isfinite
from typing import Any, TypeAlias

from annotation.domain.factors.table import TextPair

# (role, text) of each message.
Turns: TypeAlias = list[tuple[str, str]]


class PairError(ValueError):
    """A record that holds no preference; the message is the reason, short enough to be counted."""


def pair_of(record: Mapping[str, Any], *, group: str) -> TextPair:
    """Return the pair of a record; raises PairError with a short reason.

    Without a prompt the longest common beginning of both lists of messages is the prompt. `group` names the field
    that says whose preference it is. "factors" may bring more of them: {"name": [of chosen, of rejected]}.
    """
    sides = [_turns(record.get(name), name=name) for name in ("chosen", "rejected")]
    prompt = _turns(record["prompt"], name="prompt") if record.get("prompt") else []
    common = _common(*sides) if all(len(side) > 1 for side in sides) else 0
    if not prompt:
        prompt = sides[0][:common]
    chosen, rejected = (_text(side[common:]) for side in sides)
    if chosen == rejected:
        raise PairError("both answers are the same text")
    return TextPair(
        prompt=_text(prompt),
        chosen=chosen,
        rejected=rejected,
        group=str(record.get(group) or ""),
        extra=_extra(record.get("factors")),
    )


def _turns(value: Any, *, name: str) -> Turns:
    if isinstance(value, str):
        return [("", value)]
    if not isinstance(value, list) or not value:
        raise PairError(f"{name} is no text and no list of messages")
    return [_turn(message, name=name) for message in value]


def _turn(message: Any, *, name: str) -> tuple[str, str]:
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, str):
        return str(message.get("role", "")), content
    if isinstance(content, list):
        texts = [
            part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str)
        ]
        return str(message.get("role", "")), "\n".join(texts)
    raise PairError(f"a message of {name} has no content")


def _common(one: Turns, other: Turns) -> int:
    """Return how many messages both sides begin with, an answer always being left to each."""
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    return min(same, len(one) - 1, len(other) - 1)


def _text(turns: Turns) -> str:
    return "\n\n".join(text for _, text in turns)


def _extra(factors: Any) -> dict[str, tuple[float, float]]:
    if factors is None:
        return {}
    if not isinstance(factors, dict):
        raise PairError("factors is no object of names and pairs of numbers")
    return {str(name): _sides(values) for name, values in factors.items()}


def _sides(values: Any) -> tuple[float, float]:
    if isinstance(values, list) and len(values) == 2 and all(_is_number(value) for value in values):
        return float(values[0]), float(values[1])
    raise PairError("factors is no object of names and pairs of numbers")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
