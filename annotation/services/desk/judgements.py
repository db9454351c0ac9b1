"""Judge, skip, undo. Judgements are only ever added, and nothing is asked twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.domain.protocol import Asked, Payload
from annotation.domain.queues.ways import asked_so
from annotation.models import Annotation, Guideline, Lease, Queue, Task
from annotation.protocols import load_protocol
from annotation.queries.desk.cards import shown_texts
from annotation.queries.desk.in_hand import acts_of, leases_for_update, standing_for_update
from annotation.services.desk.leases import (
    active_leases_of,
    end_lease,
    give_lease,
    lease_submitted,
    require_standing,
)
from annotation.services.desk.publishing import publish_conclusions, retract_conclusions
from annotation.services.quality.gold import check_against_gold
from annotation.services.queues.overlap import ask_more_people
from annotation.services.queues.retirement import count_skip
from annotation.services.ranking.tournaments import forget_game, is_game, note_game
from curation.domain.errors import HarkenError
from curation.models import Membership
from curation.models.kept_queries import kept_insert

# The longest time that a row can hold, 24 days: an answer may be sent under a lease of long ago.
LONGEST_MS = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a person did with a task, before it is a revision."""

    kind: Annotation.Act
    answer: dict[str, Any]
    key: UUID
    lease: Lease | None = None
    active_ms: int | None = None
    guideline: Guideline | None = None


class QuotaReachedError(HarkenError):
    """As many people as were asked for have judged this already."""


@transaction.atomic
def submit_judgement(  # noqa: PLR0913 - a judgement is what its form sends, field by field
    *,
    lease: Lease,
    membership: Membership,
    payload: Payload,
    idempotency_key: UUID,
    active_ms: int | None = None,
    revises: UUID | None = None,
    guideline_version: int | None = None,
) -> Annotation:
    """Add a judgement. Sent twice it counts once; sent after the lease ran out it counts while a slot is free.

    With `revises` it takes the place of this person's judgement of that id, and needs no slot of its own.
    `guideline_version` is the one that was in view; without it the newest counts as that.
    """
    require_standing(lease.task)
    leases = _locked_leases(lease)
    standing = standing_for_update(lease, key=idempotency_key)
    sent, before = _acts_before(lease, idempotency_key) if standing.has_acted else (None, None)
    answer = load_protocol(lease.task.queue.protocol).parse(payload, asked_of(lease))
    if sent is not None:
        return _same_answer(sent, answer)
    current = None
    if revises is None:
        current = _slot_to_use(lease.task, leases, before)
    else:
        _retract(before, revises)
    act = Act(
        kind=Annotation.Act.JUDGED,
        answer=answer,
        key=idempotency_key,
        lease=lease,
        active_ms=active_ms,
        guideline=_guideline_in_view(lease.task.queue, guideline_version),
    )
    annotation = _add_revision(lease.task, membership, act, before, is_timed=revises is None, submits=current)
    if lease.task.is_gold:
        check_against_gold(annotation)
    elif not standing.is_decided:
        ask_more_people(task=lease.task)
        publish_conclusions(annotation)
        if is_game(lease.task):
            note_game(annotation)
    return annotation


def _same_answer(sent: Annotation, answer: Mapping[str, Any]) -> Annotation:
    """Return what was sent before under the same key; raise HarkenError where it said something else."""
    if sent.act == Annotation.Act.JUDGED and sent.answer != answer:
        raise HarkenError(_("Another answer of yours to this task is saved already. Use undo to change it."))
    return sent


def _guideline_in_view(queue: Queue, version: int | None) -> Guideline | None:
    newest = queue.guideline
    if version is None or newest is None or newest.version == version:
        return newest
    return queue.guidelines.filter(version=version).first() or newest


def _retract(before: Annotation | None, revises: UUID) -> None:
    """Take back what the judgement to be replaced has published; it must be the newest act on its task."""
    if before is None or before.uuid != revises or before.act != Annotation.Act.JUDGED:
        raise HarkenError(_("This answer was changed or taken back meanwhile. Open it again to change it."))
    retract_conclusions(before)


def asked_of(lease: Lease) -> Asked:
    """Return what the holder of this lease was asked."""
    queue = lease.task.queue
    texts = shown_texts(lease) if load_protocol(queue.protocol).reads_texts else {}
    settings = asked_so(queue.settings, lease.way)
    return Asked(shown=tuple(lease.order_shown), settings=settings, texts=texts)


def _locked_leases(lease: Lease) -> list[Lease]:
    """Lock this person's leases of the task: whoever sends the same twice at once waits here."""
    return leases_for_update(task=lease.task_id, membership=lease.membership_id)


def _acts_before(lease: Lease, key: UUID) -> tuple[Annotation | None, Annotation | None]:
    """Return what this person sent under this key already, and the newest thing they did with the task."""
    acts = acts_of(membership=lease.membership_id, task=lease.task_id, key=key)
    sent = next((act for act in acts if act.idempotency_key == key), None)
    if sent is not None and sent.task_id != lease.task_id:
        raise HarkenError(_("This page is out of date. Reload it and answer again."))
    return sent, next((act for act in acts if act.task_id == lease.task_id), None)


def _slot_to_use(task: Task, leases: Sequence[Lease], before: Annotation | None) -> Lease | None:
    """Return the lease whose slot is used; where none is left, a slot is taken that is still free."""
    current = _current_lease(leases, before)
    free = Task.objects.filter(pk=task.pk, open_slots__gt=0)
    if current is None and not free.update(open_slots=F("open_slots") - 1):
        raise QuotaReachedError(
            _(
                "Your time on this task ran out, and enough others have judged it since. Your answer was not needed."
            )
        )
    return current


def _current_lease(leases: Sequence[Lease], before: Annotation | None) -> Lease | None:
    """Return the lease that has not ended; raise HarkenError where this person's judgement stands already."""
    current = next((lease for lease in leases if lease.ended_at is None), None)
    if current is None and before is not None and before.act == Annotation.Act.JUDGED:
        raise HarkenError(_("You have judged this already. Use undo to change your answer."))
    return current


def _add_revision(
    task: Task,
    membership: Membership,
    act: Act,
    before: Annotation | None,
    *,
    is_timed: bool = True,
    submits: Lease | None = None,
) -> Annotation:
    """Add an act, and end the lease that it submits.

    A change of an earlier answer has no time by the clock, which would run from that answer on.
    """
    wall = timezone.now() - act.lease.created_at if act.lease and is_timed else None
    made = Annotation(
        project_id=task.project_id,
        task=task,
        membership=membership,
        revision=before.revision + 1 if before else 1,
        act=act.kind,
        answer=act.answer,
        order_shown=act.lease.order_shown if act.lease else [],
        way=act.lease.way if act.lease else {},
        guideline=act.guideline or task.queue.guideline,
        active_ms=act.active_ms,
        wall_ms=min(round(wall.total_seconds() * 1000), LONGEST_MS) if wall else None,
        idempotency_key=act.key,
    )
    ended = lease_submitted(lease=submits.pk, moment=timezone.now()) if submits else None
    return kept_insert(made, change=ended)


@transaction.atomic
def skip_task(
    *,
    lease: Lease,
    membership: Membership,
    reason: str,
    idempotency_key: UUID,
    active_ms: int | None = None,
) -> Annotation:
    """Pass a task on to others, with a reason; this person does not meet it again.

    Raises HarkenError where they judged it meanwhile, in another window say.
    """
    require_standing(lease.task)
    leases = _locked_leases(lease)
    sent, before = _acts_before(lease, idempotency_key)
    if sent is not None:
        return sent
    current = _current_lease(leases, before)
    if current is not None:
        end_lease(current, Lease.Ending.SKIPPED, timezone.now(), gives_slot_back=True)
    if before is None or before.act != Annotation.Act.SKIPPED:
        count_skip(task=lease.task)
    act = Act(
        kind=Annotation.Act.SKIPPED,
        answer={"reason": reason},
        key=idempotency_key,
        lease=lease,
        active_ms=active_ms,
    )
    return _add_revision(lease.task, membership, act, before)


@transaction.atomic
def undo_last(*, queue: Queue, membership: Membership, idempotency_key: UUID) -> Lease | None:
    """Take back this person's last judgement in the queue and put its task in their hands again.

    Nothing is removed: the act is a new revision, and the published verdict is marked as retracted.
    """
    Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)  # a doubled press waits here
    sent = Annotation.objects.filter(membership=membership, idempotency_key=idempotency_key).first()
    if sent is not None:
        given: Lease | None = active_leases_of(membership).filter(task=sent.task).first()
        return given
    held = list(active_leases_of(membership).filter(task__queue=queue).select_for_update(of=("self",)))
    # Only now: a judgement that is being saved holds its lease until it stands.
    last = _last_standing(queue, membership)
    if last is None:
        return None
    tasks = Task.objects.select_for_update(no_key=True).filter(
        pk__in=[last.task_id, *(lease.task_id for lease in held)]
    )
    judged = {task.pk: task for task in tasks.order_by("pk")}[last.task_id]
    undo = Act(kind=Annotation.Act.UNDONE, answer={"undoes": str(last.uuid)}, key=idempotency_key)
    _add_revision(judged, membership, undo, last)
    retract_conclusions(last)
    if is_game(judged):
        forget_game(judged)
    for lease in held:
        end_lease(lease, Lease.Ending.RELEASED, timezone.now(), gives_slot_back=True)
    Task.objects.filter(pk=judged.pk).update(open_slots=F("open_slots") + 1)
    return give_lease(judged, membership, timezone.now(), way=last.way)


def _last_standing(queue: Queue, membership: Membership) -> Annotation | None:
    """Return the newest judgement that was not taken back since."""
    acts = Annotation.objects.filter(task__queue=queue, membership=membership)
    newest = acts.filter(task=OuterRef("task")).order_by("-revision").values("pk")[:1]
    standing = acts.filter(pk=Subquery(newest), act=Annotation.Act.JUDGED)
    return standing.select_related("task__queue__guideline").order_by("-id").first()
