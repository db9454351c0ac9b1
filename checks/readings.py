"""Strict and loose readings of an answer, as instruction-following is measured (IFEval, arXiv 2311.07911).

A loose reading forgives what models put around an answer: an opening line, a closing line, marks of emphasis.
"""

from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias

Reading: TypeAlias = Literal["strict", "loose"]
# What forms call the parameter.
LOOSELY = "Reading: loose forgives an opening, a closing and asterisks"


def follows(response: str, *, reading: Reading, rule: Callable[[str], bool | None]) -> bool | None:
    """Return what the rule says of the answer; read loosely, it holds where it holds of any variant of it."""
    verdict = rule(response)
    if verdict is True or reading == "strict":
        return verdict
    return True if any(rule(variant) for variant in _variants(response)) else verdict


def _variants(response: str) -> Iterator[str]:
    lines = response.strip().split("\n")
    trimmed = ["\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1])]
    for variant in (response, *trimmed):
        # What is left of nothing says nothing: an empty text would follow many a rule.
        if variant.strip():
            yield variant
            yield variant.replace("*", "")
