"""Scales of a rubric, written by a researcher one a line: `helpfulness | 0..4 | no help; little help; …`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.domain.protocol import AnswerError

# More steps than digits could not be given by one key each.
MOST_STEPS = 11
MOST_SCALES = 20
LONGEST_NAME = 60
_RANGE = re.compile(r"(-?\d{1,3})\s*(?:\.\.|…|–|-|to)\s*(-?\d{1,3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a scale: its value and what it means, "" where nobody said."""

    value: int
    anchor: str

    @property
    def key(self) -> str:
        """The digit that gives this step; "" where the value is no digit."""
        return str(self.value) if 0 <= self.value <= 9 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """An attribute with the steps by which it is rated, from the lowest to the highest."""

    name: str
    low: int
    high: int
    anchors: tuple[str, ...] = ()

    @property
    def steps(self) -> list[Step]:
        """The steps; two anchors stand at the two ends."""
        values = range(self.low, self.high + 1)
        words = self.anchors or ("",) * len(values)
        if len(words) == 2 < len(values):
            words = (words[0], *[""] * (len(values) - 2), words[1])
        return [Step(value=value, anchor=anchor) for value, anchor in zip(values, words, strict=True)]

    def as_json(self) -> dict[str, Any]:
        """Return the scale as the settings of a queue keep it."""
        return {"name": self.name, "low": self.low, "high": self.high, "anchors": list(self.anchors)}


def read_scales(text: str, *, field: str) -> list[Scale]:
    """Read a rubric; raises AnswerError that names the line, for the field of the form that holds it."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not 0 < len(lines) <= MOST_SCALES:
        message = f"A rubric has 1 to {MOST_SCALES} attributes, one a line. This one has {len(lines)}."
        raise AnswerError(message, field=field)
    scales = [_scale_in(line, number=number, field=field) for number, line in lines]
    names = [scale.name.casefold() for scale in scales]
    doubled = next((scale.name for scale in scales if names.count(scale.name.casefold()) > 1), None)
    if doubled is not None:
        message = f"Two lines are named {doubled!r}. Give each attribute a name of its own."
        raise AnswerError(message, field=field)
    return scales


def write_scales(scales: Sequence[Scale]) -> str:
    """Return a rubric as `read_scales` reads it."""
    lines = (
        f"{scale.name} | {scale.low}..{scale.high}"
        + (f" | {'; '.join(scale.anchors)}" if scale.anchors else "")
        for scale in scales
    )
    return "\n".join(lines)


def span_in(text: str) -> tuple[int, int] | None:
    """Return the two numbers of `1..5`, as they were written; None for anything else."""
    found = _RANGE.fullmatch(text.strip())
    return (int(found[1]), int(found[2])) if found else None


def scales_from(settings: Mapping[str, Any], *, name: str) -> list[Scale]:
    """Return the scales that a queue's settings keep."""
    return [Scale(**{**kept, "anchors": tuple(kept["anchors"])}) for kept in settings[name]]


def _scale_in(line: str, *, number: int, field: str) -> Scale:
    name, _, rest = (part.strip() for part in line.partition("|"))
    span, _, words = (part.strip() for part in rest.partition("|"))
    ends = span_in(span)
    if not name or len(name) > LONGEST_NAME or ends is None:
        message = (
            f"Line {number} is no attribute. Write a name of at most {LONGEST_NAME} letters and a range: "
            "clarity | 0..4 | unclear; clear."
        )
        raise AnswerError(message, field=field)
    low, high = ends
    count = high - low + 1
    if not 2 <= count <= MOST_STEPS:
        message = f"Line {number} asks for {max(count, 0)} steps. A scale has 2 to {MOST_STEPS}."
        raise AnswerError(message, field=field)
    anchors = tuple(word.strip() for word in words.split(";")) if words else ()
    if len(anchors) not in (0, 2, count):
        message = (
            f"Line {number} has {len(anchors)} anchors for {count} steps. Write one for each step, "
            "two for the ends, or none, with ; between them."
        )
        raise AnswerError(message, field=field)
    return Scale(name=name, low=low, high=high, anchors=anchors)
