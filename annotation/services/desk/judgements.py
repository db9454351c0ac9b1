"""The desk: lease, judge, skip, undo. Judgements are only ever added, and nothing is asked twice."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.models import Annotation, Guideline, Lease, Queue, Task
from annotation.protocols import load_protocol
from annotation.queries.desk.story import story_pair
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.models import Comparison, Membership, User
from curation.services.corpus.preferences import publish_comparison, retract_comparisons
from curation.services.work.audit import record_event

WHAT_A_LEASE_NEEDS = ("queue", "pair__chosen", "pair__rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a person did with a task, before it is a revision."""

    kind: Annotation.Act
    answer: dict[str, Any]
    key: UUID
    lease: Lease | None = None
    active_ms: int | None = None


class QuotaReachedError(HarkenError):
    """As many people as were asked for have judged this already."""


@transaction.atomic
def lease_next_task(*, queue: Queue, membership: Membership, now: datetime | None = None) -> Lease | None:
    """Give this person the next task of the queue, or the one they hold already; None when none is left for them."""
    moment = now or timezone.now()
    held = _held_lease(queue, membership)
    end_expired_leases(queue=queue, now=moment)
    if held is not None and held.expires_at >= moment:
        return _renew(held, queue, moment)
    if queue.state != Queue.State.OPEN:
        return None
    task = _open_tasks(queue, membership).select_for_update(skip_locked=True, of=("self",)).first()
    return _lease(task, membership, moment) if task else None


@transaction.atomic
def lease_task(*, task: Task, membership: Membership) -> Lease | None:
    """Give this person this very task; None where no slot is open."""
    tasks = Task.objects.showable().select_related(*WHAT_A_LEASE_NEEDS).select_for_update(of=("self",))
    open_task = tasks.filter(pk=task.pk, open_slots__gt=0).first()
    return _lease(open_task, membership, timezone.now()) if open_task else None


def _active_leases(membership: Membership) -> Any:
    return Lease.objects.filter(membership=membership, ended_at__isnull=True).order_by("id")


def _held_lease(queue: Queue, membership: Membership) -> Lease | None:
    """Lock and return what this person holds in the queue; what may not be shown any more is passed over.

    Here and below leases are locked before tasks, and tasks by their id, so that nobody waits in a circle.
    """
    tasks = Task.objects.askable().showable().filter(queue=queue)
    leases = _active_leases(membership).filter(task__in=tasks)
    held: Lease | None = leases.select_for_update(of=("self",)).first()
    return held


def _renew(lease: Lease, queue: Queue, moment: datetime) -> Lease:
    lease.expires_at = moment + timedelta(seconds=queue.lease_seconds)
    lease.save(update_fields=["expires_at"])
    return lease


def _open_tasks(queue: Queue, membership: Membership) -> Any:
    """Return open tasks that this person has neither judged nor skipped; what they took back may come again."""
    newest = Annotation.objects.filter(task=OuterRef("pk"), membership=membership).order_by("-revision")
    tasks = Task.objects.askable().showable().filter(queue=queue, open_slots__gt=0)
    tasks = tasks.select_related(*WHAT_A_LEASE_NEEDS)
    known = tasks.annotate(last_act=Coalesce(Subquery(newest.values("act")[:1]), Value("")))
    done = [Annotation.Act.JUDGED, Annotation.Act.SKIPPED]
    new = known.exclude(last_act__in=done).order_by("-priority", "id")
    # Whoever may open the project's home has seen the story's complaint, so its pair is not asked of them blind.
    told = story_pair(queue.project) if membership.role != Role.ANNOTATOR else None
    return new.exclude(pair=told) if told else new


def _lease(task: Task, membership: Membership, moment: datetime) -> Lease:
    """Take one slot; the sides are drawn by chance for each person and recorded."""
    Task.objects.filter(pk=task.pk).update(open_slots=F("open_slots") - 1)
    sides = [str(task.pair.chosen.uuid), str(task.pair.rejected.uuid)]
    return Lease.objects.create(
        project_id=task.project_id,
        task=task,
        membership=membership,
        order_shown=sides if secrets.randbits(1) else sides[::-1],
        expires_at=moment + timedelta(seconds=task.queue.lease_seconds),
    )


@transaction.atomic
def renew_lease(*, lease: Lease) -> None:
    """Keep a task in hand for another lease; one that ended stays ended."""
    until = timezone.now() + timedelta(seconds=lease.task.queue.lease_seconds)
    Lease.objects.filter(pk=lease.pk, ended_at__isnull=True).update(expires_at=until)


@transaction.atomic
def release_lease(*, queue: Queue, lease_uuid: UUID, actor: User) -> None:
    """Take a task out of somebody's hands, so that others get it."""
    lease = (
        Lease.objects.select_for_update(of=("self",))
        .filter(task__queue=queue, uuid=lease_uuid, ended_at__isnull=True)
        .first()
    )
    if lease is not None:
        _end(lease, Lease.Ending.RELEASED, timezone.now(), gives_slot_back=True)
        record_event(action="lease.released", project=queue.project, actor=actor, target=lease)


@transaction.atomic
def end_expired_leases(*, now: datetime, queue: Queue | None = None) -> int:
    """Return the slots of leases that ran out, in one queue or in all; what was judged in time is not touched."""
    expired = Lease.objects.filter(ended_at__isnull=True, expires_at__lt=now)
    if queue is not None:
        expired = expired.filter(task__queue=queue)
    ended = 0
    for lease in expired.order_by("task_id").select_for_update(skip_locked=True, of=("self",)):
        _end(lease, Lease.Ending.EXPIRED, now, gives_slot_back=True)
        ended += 1
    return ended


def _end(lease: Lease, ending: Lease.Ending, moment: datetime, *, gives_slot_back: bool) -> None:
    lease.ended_at, lease.ending = moment, ending
    lease.save(update_fields=["ended_at", "ending"])
    if gives_slot_back:
        Task.objects.filter(pk=lease.task_id).update(open_slots=F("open_slots") + 1)


@transaction.atomic
def submit_judgement(
    *,
    lease: Lease,
    membership: Membership,
    payload: Mapping[str, str],
    idempotency_key: UUID,
    active_ms: int | None = None,
) -> Annotation:
    """Add a judgement. Sent twice it counts once; sent after the lease ran out it counts while a slot is free."""
    leases = _locked_leases(lease)
    sent, before = _acts_before(lease, idempotency_key)
    if sent is not None:
        return sent
    answer = load_protocol(lease.task.queue.protocol).parse(payload)
    Task.objects.select_for_update().values("pk").get(pk=lease.task_id)
    _hold_slot(lease.task, leases, before)
    act = Act(
        kind=Annotation.Act.JUDGED, answer=answer, key=idempotency_key, lease=lease, active_ms=active_ms
    )
    annotation = _add_revision(lease.task, membership, act, before)
    _publish(annotation)
    return annotation


def _locked_leases(lease: Lease) -> list[Lease]:
    """Lock this person's leases of the task: whoever sends the same twice at once waits here."""
    leases = Lease.objects.filter(task_id=lease.task_id, membership_id=lease.membership_id)
    return list(leases.select_for_update().order_by("id"))


def _acts_before(lease: Lease, key: UUID) -> tuple[Annotation | None, Annotation | None]:
    """Return what this person sent under this key already, and the newest thing they did with the task."""
    acts = Annotation.objects.filter(task_id=lease.task_id, membership_id=lease.membership_id)
    newest_first = list(acts.order_by("-revision"))
    sent = next((act for act in newest_first if act.idempotency_key == key), None)
    return sent, newest_first[0] if newest_first else None


def _hold_slot(task: Task, leases: Sequence[Lease], before: Annotation | None) -> None:
    """End the lease with its slot used; where none is left, a slot is needed that is still free."""
    current = _current_lease(leases, before)
    if current is not None:
        _end(current, Lease.Ending.SUBMITTED, timezone.now(), gives_slot_back=False)
    elif not Task.objects.filter(pk=task.pk, open_slots__gt=0).update(open_slots=F("open_slots") - 1):
        raise QuotaReachedError(
            _(
                "Your time on this task ran out, and enough others have judged it since. Your answer was not needed."
            )
        )


def _current_lease(leases: Sequence[Lease], before: Annotation | None) -> Lease | None:
    """Return the lease that has not ended; raise HarkenError where this person's judgement stands already."""
    current = next((lease for lease in leases if lease.ended_at is None), None)
    if current is None and before is not None and before.act == Annotation.Act.JUDGED:
        raise HarkenError(_("You have judged this already. Use undo to change your answer."))
    return current


def _add_revision(task: Task, membership: Membership, act: Act, before: Annotation | None) -> Annotation:
    wall = timezone.now() - act.lease.created_at if act.lease else None
    return Annotation.objects.create(
        project_id=task.project_id,
        task=task,
        membership=membership,
        revision=before.revision + 1 if before else 1,
        act=act.kind,
        answer=act.answer,
        order_shown=act.lease.order_shown if act.lease else [],
        guideline=Guideline.objects.filter(queue_id=task.queue_id).order_by("-version").first(),
        active_ms=act.active_ms,
        wall_ms=round(wall.total_seconds() * 1000) if wall else None,
        idempotency_key=act.key,
    )


def _publish(annotation: Annotation) -> None:
    """Publish the verdict downward as a comparison; the desk never shows the signal, so it was not seen."""
    pair = annotation.task.pair
    outcome = load_protocol(annotation.task.queue.protocol).outcome(
        annotation.answer, order_shown=annotation.order_shown, first=str(pair.chosen.uuid)
    )
    publish_comparison(
        response_a=pair.chosen,
        response_b=pair.rejected,
        outcome=Comparison.Outcome(outcome),
        source=Comparison.Source.PERSON,
        pair=pair,
        origin={
            "source_name": annotation.task.queue.name,
            "annotator_pseudonym": annotation.membership.pseudonym,
            "source_uuid": annotation.uuid,
            "protocol": annotation.task.queue.protocol,
            "order_shown": _order_shown(annotation, chosen=str(pair.chosen.uuid)),
            "guideline_version": _guideline_version(annotation),
        },
    )


def _order_shown(annotation: Annotation, *, chosen: str) -> str:
    """Say which side stood first, in the words of a dataset's votes; "" where the order is not known."""
    if not annotation.order_shown:
        return ""
    return "a_chosen" if annotation.order_shown[0] == chosen else "a_rejected"


def _guideline_version(annotation: Annotation) -> str:
    guideline = annotation.guideline
    return "" if guideline is None else f"{annotation.task.queue.name} {guideline.version}"[:40]


@transaction.atomic
def skip_task(*, lease: Lease, membership: Membership, reason: str, idempotency_key: UUID) -> Annotation:
    """Pass a task on to others, with a reason; this person does not meet it again.

    Raises HarkenError where they judged it meanwhile, in another window say.
    """
    leases = _locked_leases(lease)
    sent, before = _acts_before(lease, idempotency_key)
    if sent is not None:
        return sent
    current = _current_lease(leases, before)
    if current is not None:
        _end(current, Lease.Ending.SKIPPED, timezone.now(), gives_slot_back=True)
    act = Act(kind=Annotation.Act.SKIPPED, answer={"reason": reason}, key=idempotency_key, lease=lease)
    return _add_revision(lease.task, membership, act, before)


@transaction.atomic
def undo_last(*, queue: Queue, membership: Membership, idempotency_key: UUID) -> Lease | None:
    """Take back this person's last judgement in the queue and put its task in their hands again.

    Nothing is removed: the act is a new revision, and the published verdict is marked as retracted.
    """
    Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)  # a doubled press waits here
    sent = Annotation.objects.filter(membership=membership, idempotency_key=idempotency_key).first()
    if sent is not None:
        given: Lease | None = _active_leases(membership).filter(task=sent.task).first()
        return given
    last = _last_standing(queue, membership)
    if last is None:
        return None
    held = list(_active_leases(membership).filter(task__queue=queue).select_for_update(of=("self",)))
    tasks = Task.objects.select_for_update().filter(pk__in=[last.task_id, *(lease.task_id for lease in held)])
    judged = {task.pk: task for task in tasks.order_by("pk")}[last.task_id]
    undo = Act(kind=Annotation.Act.UNDONE, answer={"undoes": str(last.uuid)}, key=idempotency_key)
    _add_revision(judged, membership, undo, last)
    retract_comparisons(source_uuids=[last.uuid])
    for lease in held:
        _end(lease, Lease.Ending.RELEASED, timezone.now(), gives_slot_back=True)
    Task.objects.filter(pk=judged.pk).update(open_slots=F("open_slots") + 1)
    return _lease(judged, membership, timezone.now())


def _last_standing(queue: Queue, membership: Membership) -> Annotation | None:
    """Return the newest judgement that was not taken back since."""
    acts = Annotation.objects.filter(task__queue=queue, membership=membership)
    newest = acts.filter(task=OuterRef("task")).order_by("-revision").values("pk")[:1]
    standing = acts.filter(pk=Subquery(newest), act=Annotation.Act.JUDGED)
    return standing.select_related("task").order_by("-id").first()
