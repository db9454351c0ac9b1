"""Counts that stop counting where the exact number no longer matters."""

from dataclasses import dataclass

CAP = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CappedCount:
    """How many there are, counted up to a cap: past it the count reads "10,000+"."""

    counted: int
    cap: int = CAP

    @property
    def is_capped(self) -> bool:
        """Whether there are more than the cap."""
        return self.counted > self.cap

    def __str__(self) -> str:
        return f"{self.cap:,}+" if self.is_capped else f"{self.counted:,}"
