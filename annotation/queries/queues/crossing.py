"""Crossed protocols: what of the items under two protocols is due for a person now, and what was said of them."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from annotation.domain.queues.crossing import arm_begun_with
from annotation.models import Annotation, CrossedItem, CrossedReading, Lease, Queue, Task
from curation.models import Membership

OPEN_ACTS = (Annotation.Act.JUDGED, Annotation.Act.SKIPPED)


def first_queue_id(queue: Queue) -> int:
    """Return the id of the queue of the first protocol, which holds the items."""
    return partner_id_of(queue) if queue.is_second else queue.pk


def partner_id_of(queue: Queue) -> int:
    """Return the id of the queue of the other protocol, or 0, which no queue has."""
    return queue.partner_id or 0


def begun_arm(queue: Queue, *, membership: Membership) -> int:
    """Return the arm whose items this person meets in this queue first."""
    return arm_begun_with(protocol=int(queue.is_second), person=membership.pk)


def due_now(queue: Queue, *, membership: Membership, moment: datetime) -> Q:
    """Return the condition of tasks that are due: begun here, or read under the other protocol long enough ago."""
    places = CrossedReading.objects.filter(
        membership=membership,
        ended_at__isnull=True,
        item__queue_id=first_queue_id(queue),
        item__conversation_id=OuterRef("conversation_id"),
    )
    arm = begun_arm(queue, membership=membership)
    here_first = Q(Exists(places.filter(item__arm=arm)))
    other_first = Q(Exists(places.exclude(item__arm=arm)))
    too_soon = Q(Exists(_acts(queue, membership).filter(created_at__gt=moment - gap_of(queue))))
    return here_first | (other_first & ~too_soon & ~Q(Exists(_undone(queue, membership))))


def gap_of(queue: Queue) -> timedelta:
    """Return how long after the one protocol a person meets the other on the same item."""
    return timedelta(hours=queue.wash_out_hours)


def _acts(queue: Queue, membership: Membership) -> QuerySet[Annotation]:
    """Return what the person did in the partner with the conversation of a task."""
    return Annotation.objects.filter(
        task__queue_id=partner_id_of(queue),
        task__conversation_id=OuterRef("conversation_id"),
        membership=membership,
    )


def _undone(queue: Queue, membership: Membership) -> QuerySet[Task]:
    """Return what of the conversation the person has still to do in the partner."""
    newest = Annotation.objects.filter(task=OuterRef("pk"), membership=membership).order_by("-revision")
    last_act = Coalesce(Subquery(newest.values("act")[:1]), Value(""))
    of_partner = Task.objects.askable().filter(
        queue_id=partner_id_of(queue), conversation_id=OuterRef("conversation_id"), retired_at__isnull=True
    )
    to_do = of_partner.alias(last_act=last_act).exclude(last_act__in=OPEN_ACTS)
    return to_do.filter(Q(open_slots__gt=0) | Exists(_held(membership)))


def _held(membership: Membership) -> QuerySet[Lease]:
    return Lease.objects.filter(task=OuterRef("pk"), membership=membership, ended_at__isnull=True)


def places_to_begin(queue: Queue, *, membership: Membership) -> QuerySet[CrossedItem]:
    """Return the items that this person may begin in this queue: in their arm, with a place, and new to them."""
    known = CrossedReading.objects.filter(item=OuterRef("pk"), membership=membership)
    tasks = Task.objects.askable().filter(
        queue=queue,
        conversation_id=OuterRef("conversation_id"),
        open_slots__gt=0,
        retired_at__isnull=True,
    )
    items = CrossedItem.objects.filter(
        queue_id=first_queue_id(queue), arm=begun_arm(queue, membership=membership), open_places__gt=0
    )
    return items.filter(~Exists(known), Exists(tasks)).order_by("id")


def opens_next_at(queue: Queue, *, membership: Membership) -> datetime | None:
    """Return when the next item that was read under the other protocol may be met here; None where none waits."""
    waiting = CrossedReading.objects.filter(
        membership=membership, ended_at__isnull=True, item__queue_id=first_queue_id(queue)
    ).exclude(item__arm=begun_arm(queue, membership=membership))
    done_here = Annotation.objects.filter(
        task__queue=queue, task__conversation_id=OuterRef("item__conversation_id"), membership=membership
    )
    done_there = Annotation.objects.filter(
        task__queue_id=partner_id_of(queue), membership=membership
    ).order_by("-id")
    moments = [
        last + gap_of(queue)
        for conversation in waiting.exclude(Exists(done_here)).values_list("item__conversation_id", flat=True)
        if (
            last := done_there.filter(task__conversation_id=conversation)
            .values_list("created_at", flat=True)
            .first()
        )
    ]
    return min(moments, default=None)
