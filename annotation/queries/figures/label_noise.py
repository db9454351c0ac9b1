"""How noisy the labels of a queue are, which of its tasks to ask again, and which labels a scorer doubts."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Avg
from django.db.models.functions import Coalesce

from annotation.domain.agreement.report import Drawing
from annotation.domain.calibration.doubts import Doubts, doubted_choices
from annotation.domain.calibration.label_noise import label_noise
from annotation.domain.consensus.judgements import sides_of
from annotation.domain.figures import Undefined
from annotation.domain.labels import LabelTable
from annotation.models import Queue, TaskResponse
from annotation.queries.figures.computing import Question, Reporting
from annotation.queries.figures.scorer_chances import chances_of_first
from annotation.queries.queue_figures.queue_agreement import PREFERENCE, judgement_count
from annotation.queries.queue_figures.queue_judgements import QueueJudgements, queue_judgements, touched_tasks
from annotation.queries.queues.standing import judgements_in
from curation.models import Project

# Judgements that are counted while somebody waits.
AT_ONCE = 2_000
# Enough for a sitting; the rest waits for what these tell.
MOST_ASKED = 50
# Labels that a scorer doubts, the most doubted first; the count tells of all.
MOST_DOUBTED = 50
_DECIDED = ("a", "b")
USUAL_MINUTES = 1.0
MS_PER_MINUTE = 60_000
# Somebody who left the desk for an hour did not think for an hour.
MOST_MINUTES = 30.0


def size(project: Project, question: Question) -> int:
    """Return how many judgements would be read."""
    queue = noise_queue(project, question)
    if queue is None:
        return 0
    return judgement_count(project, {"queue": str(queue.uuid)}, limit=AT_ONCE + 1)


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
    asked = {name: _noise(each, minutes=minutes, task_of=task_of) for name, each in labels.items()}
    if PREFERENCE in labels and question.get("scorer"):
        asked[PREFERENCE]["doubted"] = _doubted(project, labels[PREFERENCE], scorer=question["scorer"])
    return {"queue": str(queue.uuid), "asked": asked}


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


def _doubted(project: Project, labels: LabelTable, *, scorer: str) -> dict[str, Any]:
    """Return the labels that a scorer doubts, or under `undefined` why none can be named; ties are nobody's choice."""
    sides = [sides_of(item)[1] for item in labels.items]
    known = chances_of_first(project, scorer=scorer, pairs=[(a, b) for a, b in filter(None, sides)])
    chance_of = [known.get((both[0], both[1])) if both else None for both in sides]
    chosen: list[tuple[int, str, str, float]] = []
    for item, person, value in zip(labels.item, labels.annotator, labels.value, strict=True):
        label, chance = labels.values[value], chance_of[item]
        if label in _DECIDED and chance is not None:
            own = chance if label == "a" else 1 - chance
            chosen.append((int(item), labels.annotators[person], label, own))
    found = doubted_choices([each[3] for each in chosen], items=[each[0] for each in chosen])
    if isinstance(found, Undefined):
        return {"judged": len(chosen), "undefined": found.reason}
    return {"judged": len(chosen), **_in_figures(found, [chosen[row] for row in found.rows], labels=labels)}


def _in_figures(
    found: Doubts, doubted: Sequence[tuple[int, str, str, float]], *, labels: LabelTable
) -> dict[str, Any]:
    return {
        "agreement": found.agreement,
        "interval": list(found.interval),
        "wrong_labels": found.wrong_labels,
        "count": len(doubted),
        "labels": [
            {
                "task": _task(labels.items[item], {}),
                "annotator": person,
                "label": label,
                "chance": own,
            }
            for item, person, label, own in doubted[:MOST_DOUBTED]
        ],
    }


def _task(item: str, task_of: Mapping[str, str]) -> str:
    """Return the task of an item: a pair is named after its task, a rating after its answer."""
    return task_of.get(item) or item.partition(":")[0]


def _minutes_of(queue: Queue) -> dict[str, float]:
    """Return how long the answers to each task took on the average, by the task's id; one query."""
    by_task = judgements_in(queue).order_by().values("task__uuid")
    rows = by_task.annotate(taken=Avg(Coalesce("active_ms", "wall_ms")))
    return {
        str(uuid): min(taken / MS_PER_MINUTE, MOST_MINUTES)
        for uuid, taken in rows.values_list("task__uuid", "taken")
        if taken
    }


def _task_of_answer(queue: Queue) -> dict[str, str]:
    answers = TaskResponse.objects.filter(task__in=touched_tasks(queue))
    rows = answers.values_list("response__uuid", "task__uuid")
    return {str(response): str(task) for response, task in rows.iterator()}


def asked_tasks(result: Mapping[str, Any], *, about: str, doubted: bool = False) -> Sequence[UUID]:
    """Return the tasks to ask again, each once: the most telling first, or those of the most doubted labels."""
    found = result.get("asked", {}).get(about, {})
    rows = found.get("doubted", {}).get("labels", []) if doubted else found.get("ask_again", [])
    return [UUID(task) for task in dict.fromkeys(each["task"] for each in rows)]
