"""Leases: a task in one person's hands, for minutes."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.domain.queues.ways import Way, drawn_way, ways_in
from annotation.models import GoldAnswer, Lease, Queue, Task
from annotation.queries.desk.texts import asked_answers
from annotation.queries.queues.holding import is_anything_held
from annotation.queries.queues.picking import (
    askable_of,
    first_plain_task,
    in_same_conversation,
    is_plain,
    next_plain_task,
    open_tasks,
)
from annotation.services.queues.crossing import begin_item
from annotation.services.ranking.tournaments import is_game
from curation.domain.corpus.hashing import canonical_json
from curation.domain.errors import HarkenError
from curation.models import Membership, User
from curation.models.kept_queries import kept_insert, kept_update
from curation.services.work.audit import record_event

WHAT_A_LEASE_NEEDS = ("queue__guideline", "pair")
# In characters of JSON: a critique of 200 kB is a judgement, so a draft of one is kept too.
DRAFT_LIMIT = 1_000_000
# In hand and fetched ahead.
MOST_LEASES = 2
AHEAD_SECONDS = 60
_CHANCE = secrets.SystemRandom()


@transaction.atomic
def lease_next_task(*, queue: Queue, membership: Membership, now: datetime | None = None) -> Lease | None:
    """Give this person the next task of the queue, or the one they hold already; None when none is left for them."""
    moment = now or timezone.now()
    task = _first_task(queue, membership, moment)
    if task is None:
        held = _held_lease(queue, membership, moment)
        if held is not None:
            held.task.queue, held.membership, held.project = queue, membership, queue.project
            return _renew(held, queue, moment)
        if queue.state != Queue.State.OPEN:
            return None
        task = _next_task(queue, membership, moment=moment) or _taken_back(queue, membership, moment)
    return give_lease(task, membership, moment) if task else None


@transaction.atomic
def prefetch_task(*, queue: Queue, membership: Membership, now: datetime | None = None) -> Lease | None:
    """Fetch the task after the one in hand: a lease of a minute, and never more than one beside it.

    None where nothing is in hand, or nothing follows.
    """
    moment = now or timezone.now()
    own = list(_standing_leases(queue, membership).select_for_update(of=("self",)))
    ahead = next((lease for lease in own if lease.is_ahead and lease.expires_at >= moment), None)
    if ahead is not None or not own or queue.state != Queue.State.OPEN:
        return ahead
    end_expired_leases(queue=queue, now=moment)
    if len(own) >= MOST_LEASES:
        return None
    task = _next_task(queue, membership, moment=moment, held=own[0])
    return give_lease(task, membership, moment, is_ahead=True) if task else None


@transaction.atomic
def lease_task(*, task: Task, membership: Membership) -> Lease | None:
    """Give this person this very task; None where no slot is open."""
    tasks = Task.objects.showable().select_related(*WHAT_A_LEASE_NEEDS).select_for_update(of=("self",))
    open_task = tasks.filter(pk=task.pk, open_slots__gt=0).first()
    return give_lease(open_task, membership, timezone.now()) if open_task else None


def active_leases_of(membership: Membership) -> Any:
    """Return what this person holds, the oldest first."""
    return Lease.objects.filter(membership=membership, ended_at__isnull=True).order_by("id")


def _standing_leases(queue: Queue, membership: Membership) -> Any:
    """Return what this person holds in the queue; what may not be shown any more is passed over.

    Here and below leases are locked before tasks, and tasks by their id, so that nobody waits in a circle.
    """
    tasks = Task.objects.askable().showable().filter(queue=queue)
    return active_leases_of(membership).filter(task__in=tasks).select_related("task")


def _held_lease(queue: Queue, membership: Membership, moment: datetime) -> Lease | None:
    """Lock and return what this person holds, after the leases that ran out gave their slots back."""
    if not is_anything_held(queue, membership=membership, moment=moment):
        return None
    end_expired_leases(queue=queue, now=moment)
    own = _standing_leases(queue, membership).order_by("is_ahead", "id")
    held: Lease | None = own.select_for_update(of=("self",)).first()
    return held


def _renew(lease: Lease, queue: Queue, moment: datetime) -> Lease:
    """Keep a task in hand; one that was fetched ahead begins now."""
    lease.expires_at = moment + timedelta(seconds=queue.lease_seconds)
    if lease.is_ahead:
        lease.is_ahead, lease.created_at = False, moment
    lease.save(update_fields=["expires_at", "is_ahead", "created_at"])
    return lease


def _first_task(queue: Queue, membership: Membership, moment: datetime) -> Task | None:
    """Lock and return the next task in the case that is the rule: a plain queue, and nothing held or run out."""
    if queue.state != Queue.State.OPEN or not is_plain(queue, membership=membership):
        return None
    return first_plain_task(queue, membership=membership, moment=moment)


def _next_task(
    queue: Queue, membership: Membership, *, moment: datetime, held: Lease | None = None
) -> Task | None:
    """Lock and return the next open task: of the conversation that the person is in, or else the queue's first."""
    if is_plain(queue, membership=membership):
        return next_plain_task(queue, membership=membership)
    tasks = open_tasks(queue, membership=membership, moment=moment)
    found: Task | None = None
    if queue.has_threads and queue.keeps_together:
        found = _locked(in_same_conversation(tasks, queue=queue, membership=membership, held=held))
    found = found or _locked(tasks)
    if found is None and queue.partner_id and begin_item(queue=queue, membership=membership):
        found = _locked(tasks)
    if found is not None:
        found.queue = queue
    return found


def _locked(tasks: QuerySet[Task]) -> Task | None:
    return tasks.select_for_update(skip_locked=True, of=("self",), no_key=True).first()


def _taken_back(queue: Queue, membership: Membership, moment: datetime) -> Task | None:
    """Take back a task that somebody fetched ahead, where this person would have nothing otherwise."""
    ahead = Lease.objects.filter(task__queue=queue, ended_at__isnull=True, is_ahead=True)
    wanted = askable_of(queue, membership=membership, moment=moment).values("pk")
    others = ahead.exclude(membership=membership).filter(task__in=wanted).order_by("id")
    lease = others.select_for_update(skip_locked=True, of=("self",)).first()
    if lease is None:
        return None
    end_lease(lease, Lease.Ending.RELEASED, moment, gives_slot_back=True)
    return _next_task(queue, membership, moment=moment)


def draw_order(task: Task) -> list[str]:
    """Draw by chance in which order the answers of a task are shown; returns their ids.

    A game of a tournament is asked in either order, each as a task of its own: its order is the stored one.
    """
    shown = [answer.uuid for answer in asked_answers(task)]
    if not is_game(task):
        _CHANCE.shuffle(shown)
    return shown


def draw_way(task: Task) -> Way:
    """Draw in which of the queue's ways the next person is asked; a known answer, in the way in which it was given."""
    settings = task.queue.settings
    if task.is_gold and ways_in(settings):
        given: Way = GoldAnswer.objects.filter(task=task).values_list("way", flat=True).first() or {}
        return given
    # Who is asked next is told by the places that are taken, so that nobody need be counted.
    return drawn_way(settings, task=str(task.uuid), turn=task.wanted - task.open_slots)


def require_standing(task: Task) -> None:
    """Raise HarkenError where the conversation was withdrawn: nothing that is said of it is kept any more."""
    if task.conversation.withdrawn_at is not None:
        raise HarkenError(_("This conversation was withdrawn meanwhile, so nothing about it is kept."))


def give_lease(
    task: Task, membership: Membership, moment: datetime, *, is_ahead: bool = False, way: Way | None = None
) -> Lease:
    """Take one slot; the order of the answers and the way of asking are drawn for each person and recorded.

    Who is asked again is asked in the same way, so that nobody sees a second one: `way`, where the task does not know.
    """
    shown = draw_order(task)
    begun = getattr(task, "begun_order", None) or []
    if getattr(task, "draft", None) and sorted(begun) == sorted(shown):
        # A draft speaks of places, so it is laid over the order that it was begun under.
        shown = begun
    known = getattr(task, "begun_way", None) if way is None else way
    seconds = AHEAD_SECONDS if is_ahead else task.queue.lease_seconds
    lease = Lease(
        project=task.queue.project,
        task=task,
        membership=membership,
        order_shown=shown,
        way=draw_way(task) if known is None else known,
        draft=getattr(task, "draft", None) or {},
        is_ahead=is_ahead,
        expires_at=moment + timedelta(seconds=seconds),
    )
    return kept_insert(lease, change=_slot_taken(task=task.pk))


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
    kept = checked_draft(fields)
    held = Lease.objects.filter(pk=lease.pk, ended_at__isnull=True)
    held.filter(task__conversation__withdrawn_at__isnull=True).update(draft=kept)


def checked_draft(fields: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the fields of a draft as they are kept; raises HarkenError where they are too long."""
    kept = {name: list(values) for name, values in fields.items()}
    if len(canonical_json(kept)) > DRAFT_LIMIT:
        raise HarkenError(_("This draft is too long to be kept. Shorten it, or save your judgement now."))
    return kept


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
    lease.save(update_fields=["ended_at", "ending"])
    if gives_slot_back:
        Task.objects.filter(pk=lease.task_id).update(open_slots=F("open_slots") + 1)


@kept_update
def _slot_taken(task: int) -> tuple[QuerySet[Task], dict[str, Any]]:
    return Task.objects.filter(pk=task), {"open_slots": F("open_slots") - 1}


@kept_update
def lease_submitted(lease: int, moment: datetime) -> tuple[QuerySet[Lease], dict[str, Any]]:
    """End a lease with its judgement, which uses its slot up; the draft is not needed any more."""
    ended = {"ended_at": moment, "ending": Lease.Ending.SUBMITTED, "draft": {}}
    return Lease.objects.filter(pk=lease), ended
