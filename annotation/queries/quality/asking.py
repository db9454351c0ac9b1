"""What a person may read of questions and rulings, and which guideline they have not read yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.domain.desk.word_diff import Piece, word_diff
from annotation.models import Annotation, Guideline, GuidelineReading, Precedent, Question, Queue, Task
from annotation.queries.desk.cards import standing_judgements
from curation.models import Membership
from curation.models.kept_queries import kept_query


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidelineChange:
    """A guideline that somebody has not read: what was taken out of theirs, and what came in."""

    guideline: Guideline
    known: Guideline
    removed: Sequence[Piece]
    added: Sequence[Piece]


def unread_guideline(queue: Queue, *, membership: Membership) -> GuidelineChange | None:
    """Return the change that this person has to read before the next task; None where they know the newest.

    Whoever comes to a queue for the first time begins with its newest version, which is in view at the desk.
    """
    newest = queue.guideline
    if newest is None or newest.version == 1:
        return None
    known = _known_version(queue, membership)
    if known is None or known.version >= newest.version:
        return None
    removed, added = word_diff(known.body, newest.body)
    return GuidelineChange(guideline=newest, known=known, removed=removed, added=added)


def _known_version(queue: Queue, membership: Membership) -> Guideline | None:
    """Return the newest version that this person has judged by, or has said that they read."""
    judged = Annotation.objects.filter(guideline=OuterRef("pk"), membership=membership)
    read = GuidelineReading.objects.filter(guideline=OuterRef("pk"), membership=membership)
    return queue.guidelines.filter(Exists(judged) | Exists(read)).order_by("-version").first()


def rulings_on(task: Task) -> list[Precedent]:
    """Return what was ruled on questions about a task, the oldest first."""
    return _rulings(task=task.pk)


@kept_query
def _rulings(task: int) -> QuerySet[Precedent]:
    return Precedent.objects.filter(question__task=task).select_related("question").order_by("number")


def open_questions(queue: Queue) -> QuerySet[Question]:
    """Return what was asked and not answered, the oldest first."""
    asked = Question.objects.filter(task__queue=queue, precedent=None)
    return asked.select_related("membership", "task__conversation").order_by("id")


def precedents_for(queue: Queue, *, membership: Membership | None) -> QuerySet[Precedent]:
    """Return the rulings that this person may read, the newest first; all of them without a membership.

    A ruling on a task is shown once it cannot lead one's own verdict on it: after that verdict, or where the task
    is not to be had any more.
    """
    rulings = Precedent.objects.filter(queue=queue).select_related("question__task").order_by("-number")
    if membership is None:
        return rulings
    judged = standing_judgements().filter(task=OuterRef("question__task"), membership=membership)
    closed = Q(question__task__open_slots=0) & ~Q(
        question__task__leases__membership=membership, question__task__leases__ended_at__isnull=True
    )
    return rulings.filter(Q(Exists(judged)) | closed)
