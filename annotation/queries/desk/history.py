"""What one person did at the desk: their answers, and their hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncDate

from annotation.models import Adjudication, Annotation, GoldResult, Lease, Queue, Task
from annotation.queries.desk.cards import choice_in_words, standing_judgements
from annotation.queries.desk.conclusions import way_of
from curation.models import Membership, Project

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAnswer:
    """One standing answer of a person, in words."""

    annotation: Annotation
    in_words: str
    notes: Sequence[str] = ()
    known: GoldResult | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfWork:
    """What a person did on one day (UTC): answers, seconds at work, seconds from opening to saving."""

    day: date
    answers: int
    active_seconds: int
    wall_seconds: int


def own_answers(queue: Queue, *, membership: Membership, before: int | None = None) -> list[OwnAnswer]:
    """Return a page of this person's standing answers, the newest first; `before` is the last one's id."""
    standing = standing_judgements().filter(task__queue=queue, membership=membership)
    if before is not None:
        standing = standing.filter(pk__lt=before)
    known = standing.select_related("task__conversation", "guideline", "gold_result__gold").prefetch_related(
        "returns"
    )
    return [_own_answer(queue, row) for row in known.order_by("-id")[:PAGE]]


def _own_answer(queue: Queue, row: Annotation) -> OwnAnswer:
    result: GoldResult | None = getattr(row, "gold_result", None)
    return OwnAnswer(
        annotation=row,
        in_words=answer_in_words(queue, row),
        notes=[returned.note for returned in row.returns.all()],
        known=result if result and result.gold.suspended_at is None else None,
    )


def answer_in_words(queue: Queue, annotation: Annotation | Adjudication) -> str:
    """Return an answer as the desk printed its choice, or its fields and values in short."""
    values = [str(value) for value in annotation.answer.values() if isinstance(value, str | int)]
    way = way_of(annotation)
    said = next((words for value in values if (words := choice_in_words(queue, value, way=way))), "")
    return said or " · ".join(f"{name}: {_short(value)}" for name, value in annotation.answer.items())


def _short(value: object, *, limit: int = 80) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text if len(text) <= limit else text[:limit] + "…"


def own_answer(queue: Queue, *, membership: Membership, uuid: UUID) -> tuple[Annotation, Lease] | None:
    """Return a standing answer of this person with the lease that it was given under; None where there is none."""
    standing = standing_judgements().filter(task__queue=queue, membership=membership, uuid=uuid)
    annotation = standing.filter(task__in=_readable(queue)).first()
    if annotation is None:
        return None
    leases = Lease.objects.filter(task=annotation.task_id, membership=membership)
    known = leases.select_related("task__queue__guideline", "task__pair").order_by("-id")
    # The one that the answer speaks of: under a later one its sides or numbers would mean others.
    lease = next(
        (each for each in known if (each.order_shown, each.way) == (annotation.order_shown, annotation.way)),
        None,
    )
    return (annotation, lease) if lease else None


def _readable(queue: Queue) -> QuerySet[Task]:
    return Task.objects.askable().showable().filter(queue=queue)


def hours_of(project: Project, *, membership: Membership) -> list[DayOfWork]:
    """Return this person's days in a project, the newest first; skipped tasks count as work too."""
    acts = Annotation.objects.for_project(project).filter(membership=membership)
    worked = acts.exclude(act=Annotation.Act.UNDONE).annotate(day=TruncDate("created_at"))
    summed = worked.values("day").annotate(
        answers=Count("task", distinct=True), active=Sum("active_ms"), wall=Sum("wall_ms")
    )
    return [
        DayOfWork(
            day=row["day"],
            answers=row["answers"],
            active_seconds=(row["active"] or 0) // 1000,
            wall_seconds=(row["wall"] or 0) // 1000,
        )
        for row in summed.order_by("-day")
    ]
