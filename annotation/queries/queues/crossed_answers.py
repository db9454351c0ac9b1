"""What the same people said of the same answers under two protocols: the file of `compare_protocols`."""

from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import QuerySet

from annotation.domain.queues.overlap import verdict_of
from annotation.models import Annotation, Queue
from annotation.queries.desk.cards import standing_judgements
from annotation.queries.desk.conclusions import conclusions_of

# Both bad leaves the two level, as a tie does.
TURNED = {"a": "b", "b": "a", "tie": "tie", "both_bad": "tie"}
STRAIGHT = {"a": "a", "b": "b", "tie": "tie", "both_bad": "tie"}


class CrossedAnswer(NamedTuple):
    """A person's ratings of two answers and their choice between them; the fields are the columns of the file."""

    item: str
    annotator: str
    rating_a: float
    rating_b: float
    choice: str


class CrossedPair(NamedTuple):
    """What a person said of two answers under both protocols, and the ids of a and b."""

    said: CrossedAnswer
    a: str
    b: str


def crossed_answers(queue: Queue) -> Iterator[CrossedAnswer]:
    """Yield every two answers that a person both rated and chose between, as the rows of the file."""
    return (pair.said for pair in crossed_pairs(queue))


def crossed_pairs(queue: Queue) -> Iterator[CrossedPair]:
    """Yield every two answers that a person both rated and chose between; a is the one of the smaller id."""
    ratings: dict[tuple[str, str], float] = {}
    choices: list[tuple[str, str, str, str, str]] = []
    for annotation in _judgements(queue):
        person, concluded = annotation.membership.pseudonym, conclusions_of(annotation)
        if concluded.ratings:
            rated = verdict_of(concluded, attribute=annotation.task.queue.key_attribute)
            ratings.update({(person, answer): value for answer, value in rated.items()})
        subject = annotation.task.subject
        choices += [
            (subject, person, each.first, each.second, each.outcome) for each in concluded.preferences
        ]
    for item, person, first, second, outcome in choices:
        a, b = sorted((first, second))
        if (person, a) in ratings and (person, b) in ratings:
            choice = (STRAIGHT if a == first else TURNED)[outcome]
            said = CrossedAnswer(item, person, ratings[person, a], ratings[person, b], choice)
            yield CrossedPair(said, a, b)


def _judgements(queue: Queue) -> QuerySet[Annotation]:
    """Return people's standing judgements of a queue and its partner, the oldest first."""
    found = standing_judgements().filter(task__queue__in=[queue.pk, queue.partner_id or queue.pk])
    return found.select_related("task__queue", "membership").order_by("id")
