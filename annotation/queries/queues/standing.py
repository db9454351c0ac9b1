"""The judgements that stand in a queue, and reading many of them in the order in which they were given."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from django.db.models import QuerySet

from annotation.models import Adjudication, Annotation, Queue
from annotation.queries.desk.cards import standing_judgements

CHUNK = 1_000
Given = TypeVar("Given", Annotation, Adjudication)


def judgements_in(*queues: Queue) -> QuerySet[Annotation]:
    """Return people's standing judgements of what queues ask; what tests people is not among it."""
    return standing_judgements().filter(task__queue__in=[queue.pk for queue in queues], task__is_gold=False)


def in_order(given: QuerySet[Given], *, queues: Sequence[Queue]) -> Iterator[Given]:
    """Yield judgements or decisions of these queues, the oldest first, each with its task."""
    of_id = {queue.pk: queue for queue in queues}
    for each in given.select_related("task").order_by("id").iterator(chunk_size=CHUNK):
        # The queue is at hand, so that no judgement asks for it again.
        each.task.queue = of_id[each.task.queue_id]
        yield each
