"""The standing judgements of a queue, as the methods of agreement and consensus read them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, QuerySet

from annotation.domain.consensus.judgements import JudgementRow, Judgements
from annotation.domain.consensus.orders import order_by_strength
from annotation.domain.protocol import Conclusions
from annotation.models import Adjudication, Annotation, Queue, Task
from annotation.queries.desk.conclusions import conclusions_of
from annotation.queries.queues.standing import in_order, judgements_in
from curation.domain.errors import HarkenError
from curation.models import Project

# Nobody's outcome: an answer is not better than the other because both are bad.
_OUTCOMES = {"a": "a", "b": "b", "tie": "tie", "both_bad": "tie"}
SHOWN_NAMES = 20


@dataclass(frozen=True, slots=True)
class QueueJudgements:
    """Ratings by attribute, whose items are responses, and orders, whose items are tasks; all by their uuids.

    `orders` holds comparisons of two as labels a, b and tie of their sides, and longer orders as such. Annotators
    are pseudonyms.
    """

    ratings: Mapping[str, Judgements] = field(default_factory=dict)
    orders: Judgements = field(default_factory=lambda: Judgements([]))


def queue_named(project: Project, name: str) -> Queue:
    """Return a project's queue; raises HarkenError, with the names of those there are, for another."""
    queues = Queue.objects.for_project(project)
    queue = queues.filter(name=name).first()
    if queue is None:
        known = ", ".join(queues.order_by("name").values_list("name", flat=True)[:SHOWN_NAMES]) or "none"
        raise HarkenError(f"No queue of {project.slug} is named '{name}'. Known: {known}.")
    return queue


def queue_judgements(queue: Queue) -> QueueJudgements:
    """Return what people's standing judgements of a queue say, each task's in the order in which they were given."""
    return _gathered(in_order(judgements_in(queue).select_related("membership"), queues=[queue]))


def queue_decisions(queue: Queue) -> QueueJudgements:
    """Return what adjudicators decided on the tasks of a queue, in the same form as the judgements."""
    decided = Adjudication.objects.filter(task__queue=queue, task__is_gold=False)
    return _gathered(in_order(decided.select_related("membership"), queues=[queue]))


def touched_tasks(queue: Queue) -> QuerySet[Task]:
    """Return the tasks of a queue that somebody judged or decided: a large queue may hold few of them."""
    judged = Exists(Annotation.objects.filter(task=OuterRef("pk")))
    decided = Exists(Adjudication.objects.filter(task=OuterRef("pk")))
    return Task.objects.filter(judged | decided, queue=queue)


def _gathered(given: Iterable[Annotation | Adjudication]) -> QueueJudgements:
    ratings: dict[str, list[JudgementRow]] = {}
    orders: list[JudgementRow] = []
    for annotation in given:
        concluded, who = conclusions_of(annotation), annotation.membership.pseudonym
        for rating in concluded.ratings:
            row = JudgementRow(rating.response, who, f"{rating.value:g}")
            ratings.setdefault(rating.attribute, []).append(row)
        orders += _orders(concluded, task=str(annotation.task.uuid), who=who)
    return QueueJudgements(
        ratings={name: Judgements(rows) for name, rows in ratings.items()}, orders=Judgements(orders)
    )


def _orders(concluded: Conclusions, *, task: str, who: str) -> Iterator[JudgementRow]:
    """Yield an order of all answers where they were placed, else what was said of two of them."""
    if len(concluded.places) > 2:
        names = list(concluded.places)
        order = order_by_strength(names, [-float(place) for place in concluded.places.values()])
        yield JudgementRow(task, who, str(order))
        return
    for preference in concluded.preferences:
        sides = (preference.first, preference.second)
        yield JudgementRow(task, who, _OUTCOMES[preference.outcome], sides=sides)
