"""What comes out of a written check."""

from dataclasses import dataclass
from typing import NewType

# A full sentence on what is wrong with a written check.
ProblemSentence = NewType("ProblemSentence", str)

ENDED_UNEXPECTEDLY = ProblemSentence("The sandbox ended unexpectedly, so there is no result.")
TAKES_TWO = ProblemSentence("The function check must take two arguments: the prompt and the response.")
MISSING_FUNCTION = ProblemSentence(
    "The code defines no function named check. Write: def check(prompt: str, response: str) -> bool"
)
TOO_LONG_ALTOGETHER = ProblemSentence(
    "The check was stopped before this output: it had used all of its time."
)
STOPPED_AFTER_OVERRUNS = ProblemSentence(
    "The check was not tried on this output, because it went beyond its limits on several before."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOutcome:
    """Passed (True), failed (False), or neither, with a sentence that says why."""

    passed: bool | None
    sentence: str = ""

    @property
    def is_error(self) -> bool:
        """Whether the check gave no verdict."""
        return self.passed is None
