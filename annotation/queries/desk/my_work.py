"""What one person did in a project, for themselves: answers, what waits for them, and calm words on agreement."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from annotation.domain.quality.gold import is_right
from annotation.domain.quality.shares import Share
from annotation.models import Annotation, Queue, ReturnedAnswer
from annotation.queries.desk.cards import standing_judgements
from annotation.queries.desk.conclusions import conclusions_of
from annotation.queries.desk.history import DayOfWork, hours_of
from curation.models import Membership, Project

# Agreement is read off one's newest answers: what one says now, and not what one said when one began.
NEWEST = 300
SHOWN_DAYS = 14
# Below so many comparisons with others, words would say more than is known.
FEWEST = 10
MOSTLY, HARDLY = 0.75, 0.5
# Ratings that far apart are no different views.
ONE_STEP = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkInQueue:
    """One's part in a queue: answers that stand, answers sent back, and how far others said the same.

    `likeness` is one of mostly, often, seldom and unknown: no figure, and no rank among others.
    """

    queue: Queue
    answers: int
    returned: int
    likeness: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MyWork:
    """Everything that a person's own page tells them."""

    queues: Sequence[WorkInQueue]
    days: Sequence[DayOfWork]
    answers: int
    minutes: int


def my_work(project: Project, *, membership: Membership) -> MyWork:
    """Return what this person did in a project, in a fixed number of queries."""
    standing = standing_judgements().filter(membership=membership, task__queue__project=project)
    counts = standing.values("task__queue").annotate(count=Count("id")).order_by()
    answers = {row["task__queue"]: row["count"] for row in counts}
    returned = _returned(project, membership)
    shares = _peer_agreement(project, membership)
    days = hours_of(project, membership=membership)
    queues = Queue.objects.for_project(project).filter(pk__in=answers).order_by("-id")
    return MyWork(
        queues=[
            WorkInQueue(
                queue=queue,
                answers=answers[queue.pk],
                returned=returned.get(queue.pk, 0),
                likeness=likeness_of(shares.get(queue.pk, Share(count=0, of=0))),
            )
            for queue in queues
        ],
        days=days[:SHOWN_DAYS],
        answers=sum(answers.values()),
        minutes=sum(day.active_seconds for day in days) // 60,
    )


def likeness_of(share: Share) -> str:
    """Return how far others said the same, as a word; unknown where there is too little to say."""
    if share.value is None or share.of < FEWEST:
        return "unknown"
    if share.value >= MOSTLY:
        return "mostly"
    return "often" if share.value >= HARDLY else "seldom"


def _returned(project: Project, membership: Membership) -> dict[int, int]:
    """Return how many answers were sent back and not given anew, by queue."""
    standing = standing_judgements().filter(membership=membership, task__queue__project=project)
    rows = ReturnedAnswer.objects.filter(annotation__in=standing).values("annotation__task__queue")
    return {
        row["annotation__task__queue"]: row["count"] for row in rows.annotate(count=Count("id")).order_by()
    }


def _peer_agreement(project: Project, membership: Membership) -> dict[int, Share]:
    """Return, by queue, of the pairs of one's verdict and another's on one task those that say the same."""
    mine = standing_judgements().filter(
        membership=membership, task__queue__project=project, task__is_gold=False
    )
    newest = mine.order_by("-id").values("task")[:NEWEST]
    judged: dict[int, list[Annotation]] = defaultdict(list)
    for annotation in standing_judgements().filter(task__in=newest).select_related("task__queue"):
        judged[annotation.task_id].append(annotation)
    same: dict[int, int] = defaultdict(int)
    met: dict[int, int] = defaultdict(int)
    for given in judged.values():
        queue = given[0].task.queue
        said = {each.membership_id: conclusions_of(each) for each in given}
        own = said.pop(membership.pk)
        met[queue.pk] += len(said)
        same[queue.pk] += sum(
            is_right(other, own, tolerance=ONE_STEP, attribute=queue.key_attribute) for other in said.values()
        )
    return {queue: Share(count=same[queue], of=count) for queue, count in met.items()}
