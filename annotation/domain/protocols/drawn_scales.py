"""Scales of one question that differ in direction and number of points, and the common scale that all are read on."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotation.domain.protocol import AnswerError
from annotation.domain.protocols.scales import Scale, span_in

FEWEST_POINTS = 3
# Ten has the key 0.
HIGHEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnScale:
    """A scale by the numbers of its two ends; where the worst has the higher one, the scale is turned."""

    worst: int
    best: int

    @property
    def points(self) -> int:
        """How many numbers it has."""
        return abs(self.best - self.worst) + 1

    def scale(self, anchors: Sequence[str]) -> Scale:
        """Return it as it is shown, the numbers rising; anchors go from the worst to the best."""
        low, high = sorted((self.worst, self.best))
        words = tuple(anchors) if self.worst < self.best else tuple(reversed(anchors))
        return Scale(name="", low=low, high=high, anchors=words)

    def on(self, common: "DrawnScale", value: float) -> float:
        """Return where a value lies on another scale: the ends on the ends, and what is between in proportion."""
        return common.worst + (common.best - common.worst) * (value - self.worst) / (self.best - self.worst)

    def __str__(self) -> str:
        return f"{self.worst}..{self.best}"


def read_drawn_scale(text: str, *, field: str = "") -> DrawnScale:
    """Read worst..best; raises AnswerError for the field of the form where a number has no key of its own."""
    span = span_in(text)
    if span is None:
        message = (
            f"{text[:40]!r} is no scale. Write its worst and its best number: 1..5, or 7..1 where 1 is best."
        )
        raise AnswerError(message, field=field)
    scale = DrawnScale(worst=span[0], best=span[1])
    low, high = sorted(span)
    if low < 0 or high > HIGHEST or (low, high) == (0, HIGHEST):
        message = f"{text[:40]!r} has a number without a key. Write a scale within 0 to 9, or 1 to 10."
        raise AnswerError(message, field=field)
    if scale.points < FEWEST_POINTS:
        message = f"{text[:40]!r} has {scale.points} points. Write a scale of {FEWEST_POINTS} to 10."
        raise AnswerError(message, field=field)
    return scale


def key_of(value: int) -> str:
    """Return the digit that gives a value; ten is given by 0."""
    return str(value % 10)
