"""What waits for a researcher in a queue."""

from dataclasses import dataclass

from annotation.models import Queue
from annotation.queries.quality.asking import open_questions
from annotation.queries.quality.gold import open_contests


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many questions have no ruling, and how many contested known answers no decision."""

    questions: int
    contests: int


def waiting_in(queue: Queue) -> Waiting:
    """Count what only a researcher can answer."""
    return Waiting(questions=open_questions(queue).count(), contests=open_contests(queue).count())
