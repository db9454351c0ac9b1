"""Leases: a task in one person's hands, for minutes."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.models import Annotation, Lease, Queue, Task
from annotation.queries.desk.story import story_pair
from curation.domain.access.roles import Role
from curation.domain.corpus.hashing import canonical_json
from curation.domain.errors import HarkenError
from curation.models import Membership, User
from curation.services.work.audit import record_event

WHAT_A_LEASE_NEEDS = ("queue__guideline", "pair")
# In characters of JSON: a critique of 200 kB is a judgement, so a draft of one is kept too.
DRAFT_LIMIT = 1_000_000
_CHANCE = secrets.SystemRandom()


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
    return give_lease(task, membership, moment) if task else None


@transaction.atomic
def lease_task(*, task: Task, membership: Membership) -> Lease | None:
    """Give this person this very task; None where no slot is open."""
    tasks = Task.objects.showable().select_related(*WHAT_A_LEASE_NEEDS).select_for_update(of=("self",))
    open_task = tasks.filter(pk=task.pk, open_slots__gt=0).first()
    return give_lease(open_task, membership, timezone.now()) if open_task else None


def active_leases_of(membership: Membership) -> Any:
    """Return what this person holds, the oldest first."""
    return Lease.objects.filter(membership=membership, ended_at__isnull=True).order_by("id")


def _held_lease(queue: Queue, membership: Membership) -> Lease | None:
    """Lock and return what this person holds in the queue; what may not be shown any more is passed over.

    Here and below leases are locked before tasks, and tasks by their id, so that nobody waits in a circle.
    """
    tasks = Task.objects.askable().showable().filter(queue=queue)
    leases = active_leases_of(membership).filter(task__in=tasks)
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
    begun = Lease.objects.filter(task=OuterRef("pk"), membership=membership).order_by("-id")
    known = tasks.annotate(
        last_act=Coalesce(Subquery(newest.values("act")[:1]), Value("")),
        # What this person had begun before their time ran out.
        draft=Subquery(begun.values("draft")[:1]),
    )
    done = [Annotation.Act.JUDGED, Annotation.Act.SKIPPED]
    new = known.exclude(last_act__in=done).order_by("-priority", "id")
    # Whoever may open the project's home has seen the story's complaint, so its pair is not asked of them blind.
    told = story_pair(queue.project) if membership.role != Role.ANNOTATOR else None
    return new.exclude(pair=told) if told else new


def give_lease(task: Task, membership: Membership, moment: datetime) -> Lease:
    """Take one slot; the order of the answers is drawn by chance for each person and recorded."""
    Task.objects.filter(pk=task.pk).update(open_slots=F("open_slots") - 1)
    shown = [str(uuid) for uuid in task.asked.order_by("position").values_list("response__uuid", flat=True)]
    _CHANCE.shuffle(shown)
    return Lease.objects.create(
        project_id=task.project_id,
        task=task,
        membership=membership,
        order_shown=shown,
        draft=getattr(task, "draft", None) or {},
        expires_at=moment + timedelta(seconds=task.queue.lease_seconds),
    )


@transaction.atomic
def renew_lease(*, lease: Lease) -> None:
    """Keep a task in hand for another lease; one that ended stays ended."""
    until = timezone.now() + timedelta(seconds=lease.task.queue.lease_seconds)
    Lease.objects.filter(pk=lease.pk, ended_at__isnull=True).update(expires_at=until)


@transaction.atomic
def keep_draft(*, lease: Lease, fields: Mapping[str, Sequence[str]]) -> None:
    """Keep what the holder of a lease has filled in so far; it ends with the judgement.

    Raises HarkenError where it is longer than any judgement may be.
    """
    # The database keeps no NUL characters.
    kept = {name: [value.replace("\0", "") for value in values] for name, values in fields.items()}
    if len(canonical_json(kept)) > DRAFT_LIMIT:
        raise HarkenError(_("This draft is too long to be kept. Shorten it, or save your judgement now."))
    Lease.objects.filter(pk=lease.pk).update(draft=kept)


@transaction.atomic
def release_lease(*, queue: Queue, lease_uuid: UUID, actor: User) -> None:
    """Take a task out of somebody's hands, so that others get it."""
    lease = (
        Lease.objects.select_for_update(of=("self",))
        .filter(task__queue=queue, uuid=lease_uuid, ended_at__isnull=True)
        .first()
    )
    if lease is not None:
        end_lease(lease, Lease.Ending.RELEASED, timezone.now(), gives_slot_back=True)
        record_event(action="lease.released", project=queue.project, actor=actor, target=lease)


@transaction.atomic
def end_expired_leases(*, now: datetime, queue: Queue | None = None) -> int:
    """Return the slots of leases that ran out, in one queue or in all; what was judged in time is not touched."""
    expired = Lease.objects.filter(ended_at__isnull=True, expires_at__lt=now)
    if queue is not None:
        expired = expired.filter(task__queue=queue)
    ended = 0
    for lease in expired.order_by("task_id").select_for_update(skip_locked=True, of=("self",)):
        end_lease(lease, Lease.Ending.EXPIRED, now, gives_slot_back=True)
        ended += 1
    return ended


def end_lease(lease: Lease, ending: Lease.Ending, moment: datetime, *, gives_slot_back: bool) -> None:
    """End a lease; its slot is used up, or goes back to the task."""
    lease.ended_at, lease.ending = moment, ending
    changed = ["ended_at", "ending"]
    if ending == Lease.Ending.SUBMITTED:
        lease.draft = {}
        changed.append("draft")
    lease.save(update_fields=changed)
    if gives_slot_back:
        Task.objects.filter(pk=lease.task_id).update(open_slots=F("open_slots") + 1)
