"""The tasks that figures name by their ids, as people know them; and what was published of a queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max

from annotation.dispatch import PUBLISH_CONSENSUS
from annotation.models import Queue, TaskResponse
from curation.models import Job, Scorer


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedItem:
    """A task or an answer of a queue: the conversation to read it in, and the task to decide it by."""

    task: UUID
    conversation: UUID
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedConsensus:
    """Scores that a consensus of this queue published: by which method, of what, how many, and when last."""

    method: str
    attribute: str
    scores: int
    at: datetime | None


def named_items(queue: Queue, *, items: Sequence[str]) -> dict[str, NamedItem]:
    """Return tasks and answers of a queue by their ids, in two queries; texts are not read."""
    known = list(dict.fromkeys(items))
    if not known:
        return {}
    fields = ("uuid", "conversation__uuid", "conversation__title")
    tasks = queue.tasks.filter(uuid__in=known).values_list(*fields)
    found = {str(task): _named(task, at, title) for task, at, title in tasks}
    asked = TaskResponse.objects.filter(task__queue=queue, response__uuid__in=known)
    rows = asked.values_list("response__uuid", *(f"task__{field}" for field in fields))
    return {str(answer): _named(*rest) for answer, *rest in rows} | found


def _named(task: UUID, conversation: UUID, title: str) -> NamedItem:
    return NamedItem(task=task, conversation=conversation, title=title)


def published_by_consensus(queue: Queue) -> list[PublishedConsensus]:
    """Return what stands published of a queue's consensus, the newest first."""
    scorers = Scorer.objects.for_project(queue.project).filter(
        kind=Scorer.Kind.CONSENSUS, specification__queue=str(queue.uuid)
    )
    counted = scorers.annotate(count=Count("scores"), at=Max("scores__created_at"))
    return [
        PublishedConsensus(
            method=scorer.specification["method"],
            attribute=scorer.specification.get("attribute", ""),
            scores=scorer.count,
            at=scorer.at or scorer.created_at,
        )
        for scorer in counted.order_by("-id")
    ]


def newest_publishing(queue: Queue) -> Job | None:
    """Return the newest job that publishes, or published, a consensus of this queue."""
    jobs = Job.objects.for_project(queue.project).filter(task_name=PUBLISH_CONSENSUS)
    return jobs.filter(arguments__queue=str(queue.uuid)).order_by("-id").first()
