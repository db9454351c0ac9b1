"""Whether judges lean to what stands first, or to what is longer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotation.domain.figures import Figure, Range, Undefined
from annotation.domain.labels import Vector
from annotation.domain.resampling import bootstrap_interval

# With fewer judgements an interval says nothing that the figure does not.
FEWEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferred:
    """One decided preference: the judgement that it is part of, and what the better answer had over the other.

    `was_longer` is None where both were of equal length.
    """

    judgement: str
    was_first: bool
    was_longer: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of preferences with its interval, drawn by whole judgements, and how many it is of."""

    share: Figure
    interval: Range
    count: int

    @property
    def is_known(self) -> bool:
        """Whether there are enough judgements for a share and its interval."""
        return not isinstance(self.share, Undefined) and not isinstance(self.interval, Undefined)

    @property
    def percent(self) -> int:
        """The share in whole percent; 0 where it is not known."""
        return 0 if isinstance(self.share, Undefined) else round(100 * self.share)

    @property
    def percent_low(self) -> int:
        """The lower end of the interval in whole percent."""
        return 0 if isinstance(self.interval, Undefined) else round(100 * self.interval.low)

    @property
    def percent_high(self) -> int:
        """The upper end of the interval in whole percent."""
        return 100 if isinstance(self.interval, Undefined) else round(100 * self.interval.high)

    @property
    def leans(self) -> bool:
        """Whether one half lies outside of the interval."""
        return not isinstance(self.interval, Undefined) and not self.interval.low <= 0.5 <= self.interval.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How often what stood first was preferred, and how often what was longer."""

    first: Share
    longer: Share


def habits_in(preferred: Sequence[Preferred]) -> Habits:
    """Return both shares; a ranking's many preferences are drawn together, for they are one judgement."""
    return Habits(
        first=_share(preferred, lambda each: each.was_first),
        longer=_share(preferred, lambda each: each.was_longer),
    )


def _share(preferred: Sequence[Preferred], has: Callable[[Preferred], bool | None]) -> Share:
    counted = [(each.judgement, value) for each in preferred if (value := has(each)) is not None]
    names = {name: place for place, name in enumerate(dict.fromkeys(name for name, _value in counted))}
    totals = np.zeros((2, len(names)))
    for name, value in counted:
        totals[:, names[name]] += (value, 1)
    if len(names) < FEWEST:
        sentence = f"Undefined because it takes {FEWEST} judgements that decide, and there are {len(names)}."
        return Share(share=Undefined(sentence), interval=Undefined(sentence), count=len(counted))
    interval = bootstrap_interval(lambda weights: _shares(weights, totals), clusters=len(names))
    return Share(share=float(totals[0].sum() / totals[1].sum()), interval=interval, count=len(counted))


def _shares(weights: NDArray[np.float64], totals: NDArray[np.float64]) -> Vector:
    drawn: Vector = (weights @ totals[0]) / (weights @ totals[1])
    return drawn
