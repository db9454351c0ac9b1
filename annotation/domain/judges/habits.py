"""Habits of a judge that say nothing of the answers: taking the first, taking the longer."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from annotation.domain.figures import json_value
from curation.domain.versions.intervals import Interval, wilson_interval

if TYPE_CHECKING:
    from annotation.domain.judges.pairs import PairVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How often out of how many; one half is no habit. The interval is Wilson's, 95 %."""

    taken: int
    chances: int

    @property
    def share(self) -> float | None:
        """The share, None where there was no chance."""
        return self.taken / self.chances if self.chances else None

    @property
    def interval(self) -> Interval | None:
        """Where the share lies."""
        return wilson_interval(self.taken, self.chances)

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "taken": self.taken,
            "chances": self.chances,
            "share": self.share,
            "interval": json_value(self.interval),
        }


def position_habit(verdicts: Iterable["PairVerdict"]) -> Habit:
    """Return how often the judge chose what was shown first, over every time that it chose."""
    choices = [is_first for each in verdicts for is_first in each.first_shown]
    return Habit(taken=sum(choices), chances=len(choices))


def length_habits(verdicts: Iterable["PairVerdict"]) -> tuple[Habit, Habit]:
    """Return how often the judge, and people, chose the longer answer, over pairs that both decided for one."""
    unequal = [
        each
        for each in verdicts
        if each.lengths[0] != each.lengths[1] and {each.human, each.judge} <= {"a", "b"}
    ]
    longer = ["a" if each.lengths[0] > each.lengths[1] else "b" for each in unequal]
    judge = sum(each.judge == side for each, side in zip(unequal, longer, strict=True))
    people = sum(each.human == side for each, side in zip(unequal, longer, strict=True))
    return Habit(taken=judge, chances=len(unequal)), Habit(taken=people, chances=len(unequal))
