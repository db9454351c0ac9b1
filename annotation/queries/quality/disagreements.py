"""The tasks of a queue on which people said different things; those of a large queue are found by a worker."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from annotation.domain.queues.overlap import verdict_of, widest_gap
from annotation.models import Annotation, Queue, Task
from annotation.queries.desk.conclusions import conclusions_of
from annotation.queries.figures.computing import Question, Reporting
from annotation.queries.queue_figures.queue_agreement import judgement_count
from annotation.queries.queues.standing import in_order, judgements_in
from curation.models import Project

# Every standing judgement is read.
AT_ONCE = 5_000
# Tasks that a report names, so that a page of them is left when some are decided meanwhile.
MOST_NAMED = 500
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A task on which people said different things: how many said something, and how far apart they are."""

    task: Task
    votes: int
    gap: float


def size(project: Project, question: Question) -> int:
    """Return how many acts of judging would be read."""
    return judgement_count(project, question, limit=AT_ONCE + 1)


def compute(project: Project, question: Question, *, report: Reporting) -> dict[str, Any]:
    """Return how many tasks are disagreed on, and the widest of them by their ids."""
    queue = Queue.objects.for_project(project).get(uuid=question["queue"])
    report(0, 1)
    found = disagreements(queue)
    report(1, 1)
    named = [
        {"task": str(each.task.uuid), "votes": each.votes, "gap": each.gap} for each in found[:MOST_NAMED]
    ]
    return {"found": len(found), "widest": named}


def shown_disagreements(queue: Queue, *, named: Sequence[Mapping[str, Any]]) -> list[Disagreement]:
    """Return the first of the tasks that a report named, without those that were decided since."""
    undecided = queue.tasks.filter(adjudication=None).select_related("conversation")
    tasks = {task.uuid: task for task in undecided.filter(uuid__in=[each["task"] for each in named])}
    return [
        Disagreement(task=tasks[UUID(each["task"])], votes=each["votes"], gap=each["gap"])
        for each in named
        if UUID(each["task"]) in tasks
    ][:MOST_SHOWN]


def disagreements(queue: Queue) -> list[Disagreement]:
    """Return the tasks on which the standing judgements differ and nobody has decided, the widest gap first."""
    votes: dict[int, list[Annotation]] = defaultdict(list)
    undecided = judgements_in(queue).filter(task__adjudication=None)
    for annotation in in_order(undecided, queues=[queue]):
        votes[annotation.task_id].append(annotation)
    found = [_disagreement(queue, given) for given in votes.values() if len(given) > 1]
    return sorted((each for each in found if each.gap > 0), key=lambda each: (-each.gap, each.task.pk))


def _disagreement(queue: Queue, given: list[Annotation]) -> Disagreement:
    verdicts = [verdict_of(conclusions_of(each), attribute=queue.key_attribute) for each in given]
    return Disagreement(task=given[0].task, votes=len(given), gap=widest_gap(verdicts))
