"""Known answers: whether a judgement says the same, and what an entry test has come to."""

from dataclasses import dataclass, replace

from annotation.domain.protocol import Conclusions
from annotation.domain.queues.overlap import Verdict, verdict_of


def is_right(given: Conclusions, known: Conclusions, *, tolerance: float, attribute: str = "") -> bool:
    """Return whether a judgement agrees with the known answer, whichever side anything stood on.

    Ratings may differ by the tolerance; of a preference only the direction counts, of a list every place.
    """
    mine, right = verdict_of(given, attribute=attribute), verdict_of(known, attribute=attribute)
    if not known.ratings:
        return says_the_same(mine, right)
    if mine.keys() != right.keys():
        return False
    return all(abs(mine[name] - value) <= tolerance for name, value in right.items())


def says_the_same(one: Verdict, other: Verdict) -> bool:
    """Return whether two judgements say the same: of a preference the direction counts, not the strength."""
    return _told(one) == _told(other)


def _told(verdict: Verdict) -> dict[str, float]:
    """Return the verdict with preferences, whose names are of two answers, as directions alone."""
    return {name: (value > 0) - (value < 0) if " " in name else value for name, value in verdict.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTest:
    """How far somebody is in the test before a queue: known answers judged, and how many of them right."""

    size: int
    pass_share: float
    answered: int = 0
    right: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to answer; a queue without a test has none."""
        return self.answered >= self.size

    @property
    def over_now(self) -> "EntryTest":
        """The test as it would end with what was answered so far."""
        return replace(self, size=min(self.size, self.answered))

    @property
    def is_passed(self) -> bool:
        """Whether enough was right to work on the queue."""
        return self.is_over and self.right >= self.pass_share * self.size
