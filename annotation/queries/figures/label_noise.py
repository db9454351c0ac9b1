"""How noisy the labels of a queue are, and which of its tasks to ask again."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Avg
from django.db.models.functions import Coalesce

from annotation.domain.agreement.report import Drawing
from annotation.domain.calibration.label_noise import label_noise
from annotation.domain.labels import LabelTable
from annotation.models import Annotation, Queue, TaskResponse
from annotation.queries.desk.cards import standing_judgements
from annotation.queries.figures.computing import Question, Reporting
from annotation.queries.figures.queue_judgements import QueueJudgements, queue_judgements
from curation.models import Project

# Judgements that are counted while somebody waits.
AT_ONCE = 2_000
# Enough for a sitting; the rest waits for what these tell.
MOST_ASKED = 50
PREFERENCE = "preference"
USUAL_MINUTES = 1.0
MS_PER_MINUTE = 60_000
# Somebody who left the desk for an hour did not think for an hour.
MOST_MINUTES = 30.0


def size(project: Project, question: Question) -> int:
    """Return how many judgements would be read."""
    queue = noise_queue(project, question)
    if queue is None:
        return 0
    judged = Annotation.objects.filter(task__queue=queue, act=Annotation.Act.JUDGED)
    return judged.order_by()[: AT_ONCE + 1].count()


def noise_queue(project: Project, question: Question) -> Queue | None:
    """Return the queue that is asked about: the one named, else the newest."""
    queues = Queue.objects.for_project(project).order_by("-id")
    if question.get("queue"):
        queues = queues.filter(uuid=question["queue"])
    return queues.first()


def compute(project: Project, question: Question, *, report: Reporting) -> dict[str, Any]:
    """Return for what was asked (preference, or an attribute) the noise of its labels, and the tasks to ask again."""
    queue = noise_queue(project, question)
    if queue is None:
        return {"queue": None, "asked": {}}
    report(0, None)
    judgements, minutes = queue_judgements(queue), _minutes_of(queue)
    labels = _labels(judgements)
    task_of = _task_of_answer(queue) if judgements.ratings else {}
    return {
        "queue": str(queue.uuid),
        "asked": {name: _noise(each, minutes=minutes, task_of=task_of) for name, each in labels.items()},
    }


def _labels(judgements: QueueJudgements) -> dict[str, LabelTable]:
    found = {PREFERENCE: judgements.orders.comparisons} if judgements.orders.rows else {}
    return found | {name: each.labels for name, each in sorted(judgements.ratings.items())}


def _noise(labels: LabelTable, *, minutes: Mapping[str, float], task_of: Mapping[str, str]) -> dict[str, Any]:
    tasks = [_task(item, task_of) for item in labels.items]
    usual = sum(minutes.values()) / len(minutes) if minutes else USUAL_MINUTES
    found = label_noise(
        labels,
        drawing=Drawing(),
        minutes=[minutes.get(task, usual) for task in tasks],
        limit=MOST_ASKED,
    )
    asked = [{**each, "task": _task(each["item"], task_of)} for each in found["ask_again"]]
    return found | {"ask_again": [each for each in asked if each["bits"] > 0]}


def _task(item: str, task_of: Mapping[str, str]) -> str:
    """Return the task of an item: a pair is named after its task, a rating after its answer."""
    return task_of.get(item) or item.partition(":")[0]


def _minutes_of(queue: Queue) -> dict[str, float]:
    """Return how long the answers to each task took on the average, by the task's id; one query."""
    timed = standing_judgements().filter(task__queue=queue, task__is_gold=False).order_by()
    rows = timed.values("task__uuid").annotate(taken=Avg(Coalesce("active_ms", "wall_ms")))
    return {
        str(uuid): min(taken / MS_PER_MINUTE, MOST_MINUTES)
        for uuid, taken in rows.values_list("task__uuid", "taken")
        if taken
    }


def _task_of_answer(queue: Queue) -> dict[str, str]:
    rows = TaskResponse.objects.filter(task__queue=queue).values_list("response__uuid", "task__uuid")
    return {str(response): str(task) for response, task in rows.iterator()}


def asked_tasks(result: Mapping[str, Any], *, about: str) -> Sequence[UUID]:
    """Return the tasks that a result says to ask again, the most telling first, each once."""
    found = result.get("asked", {}).get(about, {}).get("ask_again", [])
    return [UUID(task) for task in dict.fromkeys(each["task"] for each in found)]
