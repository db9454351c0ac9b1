"""Reads of known answers: entry tests, and how often somebody was right."""

from typing import Any, cast
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Random

from annotation.domain.quality.gold import EntryTest
from annotation.domain.quality.shares import Share
from annotation.models import Annotation, GoldAnswer, GoldContest, GoldResult, Queue, Task
from curation.models import Membership


def first_results(queue: Queue) -> QuerySet[GoldResult]:
    """Return the result of each person's first judgement of each known answer that stands.

    Whoever answers again may have read the explanation meanwhile.
    """
    return GoldResult.objects.filter(pk__in=_first_ids(queue), gold__suspended_at__isnull=True)


def _first_ids(queue: Queue) -> QuerySet[Any, dict[str, Any]]:
    results = GoldResult.objects.filter(gold__task__queue=queue)
    firsts = results.values("gold", "annotation__membership").annotate(first=Min("id"))
    return cast("QuerySet[Any, dict[str, Any]]", firsts.values("first"))


def entry_test(queue: Queue, *, membership: Membership) -> EntryTest:
    """Return how far this person is in the queue's entry test; one query, and none where there is no test."""
    if not queue.entry_test_size:
        return EntryTest(size=0, pass_share=0.0)
    mine = first_results(queue).filter(annotation__membership=membership).order_by("id")
    results = list(mine.values_list("is_right", flat=True)[: queue.entry_test_size])
    return EntryTest(
        size=queue.entry_test_size,
        pass_share=queue.entry_test_pass,
        answered=len(results),
        right=sum(results),
    )


def of_known_answers(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Return those of the tasks whose answer is known and not contested, in an order of chance."""
    known = tasks.filter(is_gold=True, gold__suspended_at__isnull=True)
    return known.order_by(Random())


def gold_accuracies(queue: Queue) -> dict[int, Share]:
    """Return by membership how often people agreed with the queue's known answers."""
    counted = first_results(queue).values("annotation__membership")
    rows = counted.annotate(answered=Count("id"), right=Count("id", filter=Q(is_right=True)))
    return {row["annotation__membership"]: Share(count=row["right"], of=row["answered"]) for row in rows}


def gold_answers(queue: Queue) -> QuerySet[GoldAnswer]:
    """Return a queue's known answers with how many people met them and were right at first, the newest first."""
    is_first = Q(results__in=_first_ids(queue))
    met = Count("results", filter=is_first, distinct=True)
    right = Count("results", filter=is_first & Q(results__is_right=True), distinct=True)
    rows = GoldAnswer.objects.filter(task__queue=queue).select_related("task__conversation")
    return rows.annotate(met=met, right=right).order_by("-id")


def open_contests(queue: Queue) -> QuerySet[GoldContest]:
    """Return the contests that wait for a decision, the oldest first."""
    rows = GoldContest.objects.filter(gold__task__queue=queue, resolved_at__isnull=True)
    return rows.select_related("gold__task__conversation", "membership").order_by("id")


def gold_of_own_answer(queue: Queue, *, membership: Membership, uuid: UUID) -> GoldAnswer | None:
    """Return the known answer that this person's judgement of this id was compared with."""
    results = GoldResult.objects.filter(annotation__uuid=uuid, annotation__membership=membership)
    found = results.filter(gold__task__queue=queue).select_related("gold").first()
    return found.gold if found else None


def feedback_in_test(annotation: Annotation) -> GoldResult | None:
    """Return the result of a judgement that was part of an entry test; None for any other: it would give it away."""
    queue = annotation.task.queue
    if not annotation.task.is_gold or not queue.entry_test_size:
        return None
    mine = first_results(queue).filter(annotation__membership=annotation.membership_id)
    in_test = list(mine.order_by("id").values_list("annotation", flat=True)[: queue.entry_test_size])
    if annotation.pk not in in_test:
        return None
    return GoldResult.objects.filter(annotation=annotation).select_related("gold").first()
