"""Known answers: whether a judgement says the same, and what an entry test has come to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from annotation.domain.protocol import Conclusions
from annotation.domain.queues.overlap import Verdict, verdict_of


def is_right(given: Conclusions, known: Conclusions, *, tolerance: float, attribute: str = "") -> bool:
    """Return whether a judgement agrees with the known answer, whichever side anything stood on.

    Ratings may differ by the tolerance; of a preference only the direction counts, of a list every place.
    """
    mine, right = verdict_of(given, attribute=attribute), verdict_of(known, attribute=attribute)
    if mine.keys() != right.keys():
        return False
    if known.ratings:
        return all(abs(mine[name] - value) <= tolerance for name, value in right.items())
    if known.places:
        return mine == right
    return _directions(mine) == _directions(right)


def says_the_same(one: Verdict, other: Verdict) -> bool:
    """Return whether two judgements say the same: of a preference the direction counts, not the strength."""
    if one.keys() != other.keys():
        return False
    # The name of a preference is that of two answers.
    return all(
        (value > 0) - (value < 0) == (other[name] > 0) - (other[name] < 0)
        if " " in name
        else value == other[name]
        for name, value in one.items()
    )


def _directions(verdict: Mapping[str, float]) -> dict[str, int]:
    return {name: (value > 0) - (value < 0) for name, value in verdict.items()}


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
