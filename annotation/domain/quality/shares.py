"""A share of so many, with its interval."""

from dataclasses import dataclass

from curation.domain.versions.intervals import Interval, wilson_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`count` of `of`."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        """The share itself; None of nothing."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> Interval | None:
        """Wilson's interval at 95 %; None of nothing."""
        return wilson_interval(self.count, self.of)
