"""Reads of the review round: what was answered and sent back, and what was said of a task to be decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Left

from annotation.models import (
    Adjudication,
    Annotation,
    DecisionDraft,
    Queue,
    ReturnedAnswer,
    Task,
    TaskResponse,
)
from annotation.queries.desk.cards import standing_judgements
from annotation.queries.desk.conclusions import conclusions_of
from annotation.queries.desk.history import answer_in_words
from curation.models import Membership
from curation.models.kept_queries import kept_query

PAGE = 50
# Of an answer, as a vote for it is told, in characters.
BEGINNING = 80
# Its words are counted after blanks and line breaks were taken together.
ENOUGH = 10 * BEGINNING


def returned_count(membership: Membership, *, queue: Queue) -> int:
    """Return how many answers were sent back to this person and not answered anew."""
    return len(_returned(queue=queue.pk, person=membership.pk))


@kept_query
def _returned(queue: int, person: int) -> QuerySet[ReturnedAnswer, int]:
    standing = standing_judgements().filter(task__queue=queue, membership=person)
    return ReturnedAnswer.objects.filter(annotation__in=standing).values_list("id", flat=True)


def answers_to_review(queue: Queue, *, before: int | None = None) -> list[Annotation]:
    """Return a page of standing judgements, the newest first; `before` is the last one's id."""
    standing = standing_judgements().filter(task__queue=queue)
    if before is not None:
        standing = standing.filter(pk__lt=before)
    return list(standing.select_related("membership", "task__conversation").order_by("-id")[:PAGE])


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteInWords:
    """What somebody said of a task."""

    who: str
    in_words: str


def task_to_decide(queue: Queue, *, uuid: UUID) -> Task | None:
    """Return a task of the queue that may be shown; None for any other."""
    tasks = Task.objects.askable().showable().filter(queue=queue, is_gold=False, uuid=uuid)
    return tasks.select_related("queue__guideline", "pair").first()


def adjudication_of(task: Task) -> Adjudication | None:
    """Return the last word on a task, or None before it was given."""
    return Adjudication.objects.filter(task=task).select_related("membership").first()


def decision_draft_of(queue: Queue, *, uuid: UUID, membership: Membership) -> DecisionDraft | None:
    """Return what this person has opened to decide; None for anything else, and once it is decided."""
    opened = DecisionDraft.objects.filter(task__queue=queue, uuid=uuid, membership=membership)
    found = opened.filter(task__adjudication=None).select_related("task__project", "membership").first()
    if found is not None:
        # The queue is at hand.
        found.task.queue = queue
    return found


def votes_in_words(queue: Queue, task: Task) -> list[VoteInWords]:
    """Return what people said of a task, the decision last."""
    standing = standing_judgements().filter(task=task).select_related("membership", "task").order_by("id")
    given: list[Annotation | Adjudication] = list(standing)
    decided = adjudication_of(task)
    if decided is not None:
        given.append(decided)
    for each in given:
        # It is at hand.
        each.task = task
    words = answers_in_words(queue, given)
    return [
        VoteInWords(who=each.membership.pseudonym, in_words=said)
        for each, said in zip(given, words, strict=True)
    ]


def answers_in_words(queue: Queue, given: Sequence[Annotation | Adjudication]) -> list[str]:
    """Return what each of these answers to tasks of the queue says, in one query.

    Which of two answers was preferred is told by its first words: "A" stood for each person's own first side.
    """
    for each in given:
        # It is at hand.
        each.task.queue = queue
    rows = TaskResponse.objects.filter(task__in={each.task_id for each in given}).values_list(
        "response__uuid", Left("response__body_text", ENOUGH), Left("response__message__text", ENOUGH)
    )
    texts = {uuid: logged or body for uuid, body, logged in rows}
    return [_vote_in_words(queue, each, texts) for each in given]


def _vote_in_words(queue: Queue, vote: Annotation | Adjudication, texts: Mapping[UUID, str]) -> str:
    preferences = conclusions_of(vote).preferences
    if len(preferences) != 1:
        return answer_in_words(queue, vote)
    preference = preferences[0]
    winner = {"a": preference.first, "b": preference.second}.get(preference.outcome)
    return f"“{_beginning(texts[UUID(winner)])}”" if winner else answer_in_words(queue, vote)


def _beginning(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= BEGINNING else words[:BEGINNING] + "…"


def may_decide(task: Task, *, membership: Membership) -> bool:
    """Return whether this person may have the last word: they did not vote themselves, or it is given already."""
    has_voted = standing_judgements().filter(task=task, membership=membership).exists()
    return not has_voted or adjudication_of(task) is not None
