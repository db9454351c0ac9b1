"""What the desk shows: the task in hand, blind; the queues; progress."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from annotation.domain.protocol import Choice
from annotation.models import Annotation, Guideline, Lease, Queue, Task
from annotation.protocols import load_protocol
from curation.domain.enrichers.pseudonyms import masked_texts
from curation.models import Membership, Project
from curation.queries.corpus.texts import ChatMessage, prompt_texts, response_texts


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCard:
    """One decision as its judge sees it: no model, no origin, no complaint; A is the side shown first."""

    lease: Lease
    question: str
    earlier_turns: Sequence[ChatMessage]
    answer_a: str
    answer_b: str
    template: str
    choices: Sequence[Choice]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a queue is, and this person's part in it."""

    mine: int
    judged: int
    wanted: int


def task_card(lease: Lease) -> TaskCard:
    """Return what the judge of this lease sees; five queries."""
    task = lease.task
    pair = task.pair
    messages = prompt_texts([pair.prompt_id])[pair.prompt_id].messages
    texts = response_texts([pair.chosen_id, pair.rejected_id])
    by_uuid = {str(pair.chosen.uuid): texts[pair.chosen_id], str(pair.rejected.uuid): texts[pair.rejected_id]}
    shown = [message["content"] for message in messages] + [by_uuid[uuid] for uuid in lease.order_shown]
    if task.queue.masks_pii:
        shown = masked_texts(shown)
    *turns, question, answer_a, answer_b = shown
    protocol = load_protocol(task.queue.protocol)
    return TaskCard(
        lease=lease,
        question=question,
        earlier_turns=[{**message, "content": text} for message, text in zip(messages, turns, strict=False)],
        answer_a=answer_a,
        answer_b=answer_b,
        template=protocol.template,
        choices=protocol.choices,
    )


def standing_judgements() -> QuerySet[Annotation]:
    """Return judgements that are the newest revision of their person's work on a task, so not taken back."""
    newest = Annotation.objects.filter(task=OuterRef("task"), membership=OuterRef("membership")).order_by(
        "-revision"
    )
    return Annotation.objects.filter(act=Annotation.Act.JUDGED, pk=Subquery(newest.values("pk")[:1]))


def queue_progress(queue: Queue, *, membership: Membership | None) -> Progress:
    """Return how many verdicts the queue has and wants, and how many are this person's; two queries."""
    tasks = Task.objects.askable().filter(queue=queue)
    counts = standing_judgements().filter(task__in=tasks)
    totals = counts.aggregate(all=Count("id"), mine=Count("id", filter=Q(membership=membership)))
    return Progress(mine=totals["mine"], judged=totals["all"], wanted=queue.overlap * tasks.count())


def unscreened_count(queue: Queue) -> int:
    """Return how many open tasks wait for the screening for personal data; 0 where the queue asks for none."""
    if not queue.requires_pii_screening:
        return 0
    waiting = Task.objects.askable().filter(queue=queue, open_slots__gt=0)
    return waiting.count() - waiting.showable().count()


def queues_of(project: Project, *, membership: Membership | None) -> list[tuple[Queue, Progress]]:
    """Return the project's queues with their progress, newest first."""
    queues = Queue.objects.for_project(project).order_by("-id")
    return [(queue, queue_progress(queue, membership=membership)) for queue in queues]


def lease_of(queue: Queue, *, uuid: UUID, membership: Membership) -> Lease | None:
    """Return this person's lease of this id."""
    leases = Lease.objects.filter(uuid=uuid, membership=membership, task__queue=queue)
    return leases.select_related("task__queue", "task__pair__chosen", "task__pair__rejected").first()


def newest_guideline(queue: Queue) -> Guideline | None:
    """Return what the queue's people go by now."""
    return queue.guidelines.order_by("-version").first()


def active_leases(queue: Queue) -> list[Lease]:
    """Return the leases in people's hands, the oldest first."""
    leases = Lease.objects.filter(task__queue=queue, ended_at__isnull=True).select_related("membership")
    return list(leases.order_by("id"))
