"""What a check says of one output."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOutcome:
    """Passed (True), failed (False), or neither; the sentence says why it failed or gave no verdict."""

    passed: bool | None
    sentence: str = ""

    @property
    def has_no_verdict(self) -> bool:
        """Whether the check neither passed nor failed the output."""
        return self.passed is None
