"""Judgements that came in a file, stored as the desk stores its own: a task each, revisions, and what they mean."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from django.db.models import Count
from django.utils import timezone

from annotation.models import Annotation, Queue, Task, TaskResponse
from annotation.services.desk.publishing import (
    publish_conclusions,
    publish_verdicts_of_model,
    retract_conclusions,
)
from annotation.services.queues.sources import Subject
from curation.domain.corpus.hashing import canonical_json
from curation.models import Membership

AT_ONCE = 1000
PAIR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A judgement on answers of this project, by whom, and under which key it is stored once."""

    subject: Subject
    membership: Membership
    answer: Mapping[str, Any]
    order_shown: Sequence[str] = ()
    way: Mapping[str, str] = field(default_factory=dict)
    is_model: bool = False
    at: datetime | None = None
    active_ms: int | None = None
    wall_ms: int | None = None

    def key(self, queue: Queue) -> UUID:
        """Return the key of this answer of this person: the same file sends the same once."""
        # The same number means something else on another scale.
        way = [dict(self.way)] if self.way else []
        said = canonical_json([queue.protocol, self.subject.name, dict(self.answer), *way])
        return uuid5(queue.project.uuid, said.decode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What was added, and what was known."""

    tasks: int = 0
    annotations: int = 0
    known: int = 0


def name_of_answers(ids: Sequence[int]) -> str:
    """Return the subject of a task about several answers: the same whatever their order."""
    in_order = sorted(ids)
    if len(in_order) == PAIR:
        return f"answers:{in_order[0]}:{in_order[1]}"
    return f"answers:{sha256(canonical_json(in_order)).hexdigest()[:40]}"


def store_judgements(*, queue: Queue, placed: Sequence[Placed], open_subjects: Iterable[Subject]) -> Stored:
    """Store what is new; what nobody has judged yet becomes an open task.

    Who said something else before has a new revision, and what the earlier one published is taken back.
    """
    sent = _sent(placed)
    fresh: dict[tuple[int, UUID], Placed] = {}
    for each in placed:
        fresh.setdefault((each.membership.pk, each.key(queue)), each)
    known = len(placed) - len(fresh) + len(fresh.keys() & sent)
    fresh = {key: each for key, each in fresh.items() if key not in sent}
    subjects = {each.subject.name: each.subject for each in fresh.values()}
    subjects |= {each.name: each for each in open_subjects if each.name not in subjects}
    made = _ensure_tasks(queue, subjects)
    tasks = {task.subject: task for task in _locked_tasks(queue, subjects)}
    _add_all(queue, fresh, tasks)
    return Stored(tasks=made, annotations=len(fresh), known=known)


def _sent(placed: Iterable[Placed]) -> set[tuple[int, UUID]]:
    people = {each.membership.pk for each in placed}
    rows = Annotation.objects.filter(membership__in=people)
    return set(rows.values_list("membership_id", "idempotency_key"))


def _ensure_tasks(queue: Queue, subjects: Mapping[str, Subject]) -> int:
    """Add the tasks that the queue does not have, each with a slot for one person; returns how many."""
    known = set(queue.tasks.values_list("subject", flat=True))
    new = {name: subject for name, subject in subjects.items() if name not in known}
    tasks = Task.objects.bulk_create(
        [
            Task(
                project_id=queue.project_id,
                queue=queue,
                conversation_id=subject.conversation_id,
                pair_id=subject.pair_id,
                subject=name,
                wanted=1,
                open_slots=1,
            )
            for name, subject in new.items()
        ],
        batch_size=AT_ONCE,
    )
    TaskResponse.objects.bulk_create(
        [
            TaskResponse(project_id=queue.project_id, task=task, response_id=response, position=position)
            for task in tasks
            for position, response in enumerate(new[task.subject].response_ids)
        ],
        batch_size=AT_ONCE,
    )
    in_a_row = queue.tasks.order_by().values("conversation").annotate(tasks=Count("id")).filter(tasks__gt=1)
    Queue.objects.filter(pk=queue.pk).update(has_threads=in_a_row.exists())
    return len(tasks)


def _locked_tasks(queue: Queue, subjects: Mapping[str, Subject]) -> list[Task]:
    tasks = queue.tasks.filter(subject__in=list(subjects)).select_related("pair").order_by("id")
    return list(tasks.select_for_update(of=("self",), no_key=True))


def _add_all(queue: Queue, fresh: Mapping[tuple[int, UUID], Placed], tasks: Mapping[str, Task]) -> None:
    before = _newest_acts(tasks.values(), {each.membership.pk for each in fresh.values()})
    judged: Counter[str] = Counter()
    for (member, key), each in fresh.items():
        task = tasks[each.subject.name]
        task.queue = queue
        earlier = before.get((task.pk, member))
        annotation = _annotation(task, each, key, earlier)
        before[task.pk, member] = annotation
        if earlier is None:
            judged[task.subject] += not each.is_model
        else:
            retract_conclusions(earlier)
        (publish_verdicts_of_model if each.is_model else publish_conclusions)(annotation)
    for subject, count in judged.items():
        _use_slots(tasks[subject], count)


def _newest_acts(tasks: Iterable[Task], people: set[int]) -> dict[tuple[int, int], Annotation]:
    rows = Annotation.objects.filter(task__in=[task.pk for task in tasks], membership__in=people)
    return {(row.task_id, row.membership_id): row for row in rows.order_by("revision")}


def _annotation(task: Task, placed: Placed, key: UUID, earlier: Annotation | None) -> Annotation:
    return Annotation.objects.create(
        project_id=task.project_id,
        task=task,
        membership=placed.membership,
        revision=earlier.revision + 1 if earlier else 1,
        answer=dict(placed.answer),
        order_shown=list(placed.order_shown),
        way=dict(placed.way),
        guideline=task.queue.guideline,
        active_ms=placed.active_ms,
        wall_ms=placed.wall_ms,
        idempotency_key=key,
        created_at=placed.at or timezone.now(),
    )


def _use_slots(task: Task, count: int) -> None:
    """Count these people among those who judged; slots that were open are theirs first."""
    taken = min(task.open_slots, count)
    task.open_slots, task.wanted = task.open_slots - taken, task.wanted + count - taken
    task.save(update_fields=["open_slots", "wanted"])
