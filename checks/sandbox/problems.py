"""What can be wrong with a written check."""

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
