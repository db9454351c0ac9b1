"""The slots of tasks: more where people disagree or are not sure yet, and others where a researcher says so."""

from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from annotation.domain.queues.overlap import OverlapPolicy, Verdict, people_wanted, verdict_of
from annotation.models import Queue, Task
from annotation.queries.desk.cards import standing_judgements
from annotation.queries.desk.conclusions import conclusions_of


def ask_more_people(*, task: Task) -> int:
    """Open the slots that the policy of the task's queue asks for after a judgement; returns how many.

    The caller holds the task's row, so two judgements are counted one after the other.
    """
    rule = task.queue.overlap_rule
    if rule.policy is OverlapPolicy.FIXED:
        return 0
    asked = Task.objects.values_list("wanted", flat=True).get(pk=task.pk)
    if asked >= rule.most:
        return 0
    more = people_wanted(rule, verdicts=verdicts_on(task), asked=asked) - asked
    if more:
        Task.objects.filter(pk=task.pk).update(wanted=F("wanted") + more, open_slots=F("open_slots") + more)
    return more


def verdicts_on(task: Task) -> list[Verdict]:
    """Return what the standing judgements of people say on the attribute that the queue goes by."""
    queue = task.queue
    found = []
    for annotation in standing_judgements().filter(task=task):
        annotation.task = task
        found.append(verdict_of(conclusions_of(annotation), attribute=queue.key_attribute))
    return found


@transaction.atomic
def change_overlap(*, queue: Queue, overlap: int) -> None:
    """Ask each task of this many people, or of those who have it already where they are more."""
    tasks: QuerySet[Task] = queue.tasks.select_for_update(no_key=True)
    list(tasks.order_by("id").values_list("pk", flat=True))
    change: Any = Greatest(overlap - F("wanted"), -F("open_slots"))
    # What an adjudicator decided is asked of nobody any more.
    fewer_allowed = queue.tasks.filter(adjudication=None).exclude(wanted=overlap)
    if queue.overlap_policy != OverlapPolicy.FIXED:
        # Slots that a policy has opened stay: only those below the new least are raised.
        fewer_allowed = fewer_allowed.filter(wanted__lt=overlap)
    fewer_allowed.update(wanted=F("wanted") + change, open_slots=F("open_slots") + change)
    queue.overlap = overlap
