"""What the desk shows: the task in hand, blind; the queues; progress."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum

from annotation.domain.blindness.leak_words import leak_words
from annotation.domain.desk.word_diff import Piece
from annotation.domain.protocol import Choice, JudgementProtocol, Reads
from annotation.domain.queues.ways import Way, asked_so
from annotation.models import Annotation, DecisionDraft, Lease, ModelAnnotator, Queue, Task
from annotation.protocols import load_protocol
from annotation.queries.desk.messages import ShownMessage, shown_message
from annotation.queries.desk.model_names import model_names_of
from annotation.queries.desk.texts import asked_texts
from curation.domain.enrichers.pseudonyms import masked_texts
from curation.models import Membership, Project
from curation.models.kept_queries import kept_query
from curation.queries.corpus.texts import ChatMessage

LETTERS = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAnswer:
    """An answer under the letter of its place; a joint pair's answers have a question each.

    `leaks` are words of it that name a model.
    """

    letter: str
    uuid: str
    text: str
    question: str
    earlier_turns: Sequence[ChatMessage]
    leaks: Sequence[str] = ()
    # The text in pieces beside the other answer's, where somebody reads two as a diff.
    pieces: Sequence[Piece] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCard:
    """One decision as its judge sees it: no model, no origin, no complaint; A is the answer shown first.

    `material` is what the protocol shows beside the texts, `message` what a task without answers asks about.
    """

    lease: Lease
    protocol: JudgementProtocol
    question: str
    earlier_turns: Sequence[ChatMessage]
    answers: Sequence[ShownAnswer]
    choices: Sequence[Choice]
    material: Mapping[str, Any] = field(default_factory=dict)
    message: ShownMessage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a queue is, and this person's part in it."""

    mine: int
    judged: int
    wanted: int


def task_card(lease: Lease) -> TaskCard:
    """Return what the judge of this lease sees; four queries."""
    queue = lease.task.queue
    protocol = load_protocol(queue.protocol)
    answers = _shown_answers(lease)
    names = model_names_of(queue.project_id) if answers else []
    answers = [replace(answer, leaks=leak_words(answer.text, model_names=names)) for answer in answers]
    settings = asked_so(queue.settings, lease.way)
    return TaskCard(
        lease=lease,
        protocol=protocol,
        question=answers[0].question if answers else "",
        earlier_turns=answers[0].earlier_turns if answers else (),
        answers=answers,
        choices=protocol.choices(settings),
        material=protocol.material([answer.text for answer in answers], settings),
        message=shown_message(lease.task) if protocol.reads is Reads.MESSAGE else None,
    )


def shown_texts(lease: Lease) -> dict[str, str]:
    """Return the answers by their ids as the judge of this lease sees them."""
    return {answer.uuid: answer.text for answer in _shown_answers(lease)}


def _shown_answers(lease: Lease) -> list[ShownAnswer]:
    """Return the answers in the order shown, each with its question; masked together where the queue masks."""
    asked = asked_texts(lease.task)
    texts = {name: answer.text for name, answer in asked.items()}
    said = {name: [turn["content"] for turn in answer.turns] for name, answer in asked.items()}
    if lease.task.queue.masks_pii:
        said, texts = _masked(said, texts)
    return [
        ShownAnswer(
            letter=letter_of(place),
            uuid=name,
            text=texts[name],
            question=said[name][-1],
            earlier_turns=[
                {**turn, "content": text}
                for turn, text in zip(asked[name].turns[:-1], said[name], strict=False)
            ],
        )
        for place, name in enumerate(lease.order_shown)
    ]


def letter_of(place: int) -> str:
    """Return the letter of a place, from 0: A, B, …; numbers after Z."""
    return chr(ord("A") + place) if place < LETTERS else str(place + 1)


def _masked(
    said: Mapping[str, list[str]], texts: Mapping[str, str]
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Put pseudonyms in place of personal data, the same ones in every text of the task."""
    flat = [text for turns in said.values() for text in turns] + list(texts.values())
    masked = iter(masked_texts(flat))
    return {name: [next(masked) for _turn in turns] for name, turns in said.items()}, {
        name: next(masked) for name in texts
    }


def choice_in_words(queue: Queue, value: str, *, way: Way) -> str:
    """Return how the desk printed the choice of this value for who was asked so; "" where it has no such choice."""
    choices = load_protocol(queue.protocol).choices(asked_so(queue.settings, way))
    return next((str(choice.label) for choice in choices if choice.value == value), "")


def standing_judgements() -> QuerySet[Annotation]:
    """Return people's judgements that are the newest revision of their work on a task, so not taken back."""
    newest = Annotation.objects.filter(task=OuterRef("task"), membership=OuterRef("membership")).order_by(
        "-revision"
    )
    by_people = Annotation.objects.exclude(membership__in=ModelAnnotator.objects.values("membership"))
    return by_people.filter(act=Annotation.Act.JUDGED, pk=Subquery(newest.values("pk")[:1]))


def queue_progress(queue: Queue, *, membership: Membership | None) -> Progress:
    """Return how many verdicts the queue has and wants, and how many are this person's; two queries."""
    return _progress_of([queue.pk], membership=membership)[queue.pk]


def _progress_of(queues: Sequence[int], *, membership: Membership | None) -> dict[int, Progress]:
    """Return the progress of each queue by its key; two queries."""
    tasks = Task.objects.askable().filter(queue__in=queues, is_gold=False, retired_at__isnull=True)
    is_mine = Q(membership=membership)
    counts = standing_judgements().filter(task__in=tasks).values("task__queue").order_by()
    judged = {
        row["task__queue"]: row for row in counts.annotate(all=Count("id"), mine=Count("id", filter=is_mine))
    }
    wanted = dict(tasks.order_by().values_list("queue").annotate(Sum("wanted")))
    nothing = {"all": 0, "mine": 0}
    return {
        queue: Progress(
            mine=judged.get(queue, nothing)["mine"],
            judged=judged.get(queue, nothing)["all"],
            wanted=wanted.get(queue, 0),
        )
        for queue in queues
    }


def unscreened_count(queue: Queue) -> int:
    """Return how many open tasks wait for the screening for personal data; 0 where the queue asks for none."""
    if not queue.requires_pii_screening:
        return 0
    waiting = Task.objects.askable().filter(queue=queue, open_slots__gt=0)
    return waiting.count() - waiting.showable().count()


def queues_of(project: Project, *, membership: Membership | None) -> list[tuple[Queue, Progress]]:
    """Return the project's queues with their progress, newest first; three queries."""
    queues = list(Queue.objects.for_project(project).order_by("-id"))
    progress = _progress_of([queue.pk for queue in queues], membership=membership)
    return [(queue, progress[queue.pk]) for queue in queues]


def lease_of(queue: Queue, *, uuid: UUID, membership: Membership) -> Lease | None:
    """Return this person's lease of this id."""
    lease = next(iter(_leases(uuid=uuid, membership=membership.pk, queue=queue.pk)), None)
    if lease is not None:
        # They are at hand, and asking for them again would slow every judgement.
        lease.task.queue, lease.membership, lease.project = queue, membership, queue.project
    return lease


@kept_query
def _leases(uuid: UUID, membership: int, queue: int) -> QuerySet[Lease]:
    leases = Lease.objects.filter(uuid=uuid, membership=membership, task__queue=queue)
    return leases.select_related("task__conversation")


def lease_for_deciding(opened: DecisionDraft) -> Lease:
    """Return what the card of a task to decide is drawn from: a lease that is not stored, and holds no slot."""
    lease = Lease(
        uuid=opened.uuid,
        task=opened.task,
        membership=opened.membership,
        order_shown=opened.order_shown,
        draft=opened.draft,
        expires_at=opened.created_at,
    )
    lease.project = opened.task.project
    return lease


def active_leases(queue: Queue) -> list[Lease]:
    """Return the leases in people's hands, the oldest first."""
    leases = Lease.objects.filter(task__queue=queue, ended_at__isnull=True).select_related("membership")
    return list(leases.order_by("id"))
