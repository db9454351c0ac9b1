"""How far a queue is, how fast it goes, and when it will be done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.core.cache import cache as kept_values
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotation.models import Annotation, Queue, Task
from annotation.queries.desk.cards import Progress, queue_progress, standing_judgements
from annotation.queries.queues.standing import judgements_in
from curation.models import Membership
from curation.models.kept_queries import kept_query

# Team totals are counted anew after so many seconds, or, where counting is slow, after so many times as long.
KEPT_SECONDS = 10.0
KEPT_TIMES = 50
# One's own count is taken anew after so long, whatever was followed since.
OWN_SECONDS = 600.0
RATE_WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The standing judgements of a queue by membership, how many are wanted in all, and its known answers."""

    by_person: dict[int, int]
    wanted: int
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCount:
    """How many of a person's judgements stood in a queue after their act of this id."""

    count: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """One person's part in a queue: judgements that stand, those of the last hour, and minutes at work."""

    membership: Membership
    judged: int
    last_hour: int
    active_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamProgress:
    """A queue's progress, its people, judgements an hour, and when the last one may be in at that rate."""

    progress: Progress
    people: list[PersonLine]
    per_hour: float
    done_at: datetime | None
    retired: int

    @property
    def left(self) -> int:
        """How many judgements are still wanted."""
        return max(0, self.progress.wanted - self.progress.judged)


def desk_progress(queue: Queue, *, membership: Membership) -> Progress:
    """Return what the desk shows at every task: one's own part as it is now, the others' as it was seconds ago.

    Tasks with a known answer count among one's own: a number that stood still would give them away.
    """
    totals = _kept_totals(queue)
    others = sum(count for person, count in totals.by_person.items() if person != membership.pk)
    mine = _own_count(queue, membership)
    return Progress(mine=mine, judged=others + mine, wanted=max(totals.wanted + totals.known, mine))


def _own_count(queue: Queue, membership: Membership) -> int:
    """Return one's standing judgements: counted once, and then followed by what was added since.

    A first act on a task adds one or nothing; whatever else happened, all are counted anew.
    """
    key = f"annotation.own.{queue.pk}.{membership.pk}"
    known: OwnCount | None = kept_values.get(key)
    acts = _own_acts(queue=queue.pk, person=membership.pk, after=known.last) if known else []
    if known is None or any(revision > 1 for _id, _act, revision in acts):
        known = _counted_own(queue, membership)
    elif acts:
        judged = sum(act == Annotation.Act.JUDGED for _id, act, _revision in acts)
        known = OwnCount(count=known.count + judged, last=acts[-1][0])
    kept_values.set(key, known, timeout=OWN_SECONDS)
    return known.count


@kept_query
def _own_acts(queue: int, person: int, after: int) -> QuerySet[Annotation, tuple[int, str, int]]:
    own = Annotation.objects.filter(membership=person, id__gt=after, task__queue=queue)
    return own.order_by("id").values_list("id", "act", "revision")


def _counted_own(queue: Queue, membership: Membership) -> OwnCount:
    own = Annotation.objects.filter(membership=membership, task__queue=queue)
    later = own.filter(task=OuterRef("task"), revision__gt=OuterRef("revision"))
    is_standing = Q(~Exists(later), act=Annotation.Act.JUDGED)
    counted = own.aggregate(count=Count("id", filter=is_standing), last=Coalesce(Max("id"), 0))
    return OwnCount(**counted)


def _kept_totals(queue: Queue) -> Totals:
    key = f"annotation.progress.{queue.pk}"
    kept: Totals | None = kept_values.get(key)
    if kept is None:
        began = monotonic()
        kept = _totals(queue)
        kept_values.set(key, kept, timeout=max(KEPT_SECONDS, KEPT_TIMES * (monotonic() - began)))
    return kept


def _totals(queue: Queue) -> Totals:
    tasks = Task.objects.askable().filter(queue=queue, is_gold=False)
    rows = standing_judgements().filter(task__in=tasks).values("membership").annotate(count=Count("id"))
    return Totals(
        by_person={row["membership"]: row["count"] for row in rows.order_by()},
        wanted=tasks.aggregate(wanted=Sum("wanted"))["wanted"] or 0,
        known=queue.tasks.filter(is_gold=True).count(),
    )


def team_progress(
    queue: Queue, *, membership: Membership | None, now: datetime | None = None
) -> TeamProgress:
    """Return how far the queue is, who did what, and when it will be done at the rate of the last hour."""
    moment = now or timezone.now()
    progress = queue_progress(queue, membership=membership)
    recent = judgements_in(queue).filter(created_at__gt=moment - RATE_WINDOW)
    begun = recent.order_by("created_at").values_list("created_at", flat=True).first()
    per_hour = _rate(recent.count(), begun, moment)
    left = max(0, progress.wanted - progress.judged)
    return TeamProgress(
        progress=progress,
        people=_people(queue, moment),
        per_hour=per_hour,
        done_at=moment + timedelta(hours=left / per_hour) if left and per_hour else None,
        retired=queue.tasks.filter(retired_at__isnull=False).count(),
    )


def _rate(count: int, begun: datetime | None, moment: datetime) -> float:
    """Return judgements an hour: over the last hour, or since its first one where that is not so long ago."""
    if begun is None or count < 2:
        return float(count)
    hours = max((moment - begun) / timedelta(hours=1), 1 / 60)
    return count / hours


def _people(queue: Queue, moment: datetime) -> list[PersonLine]:
    standing = judgements_in(queue)
    rows = (
        standing.values("membership")
        .annotate(judged=Count("id"), active=Sum("active_ms"))
        .order_by("-judged")
    )
    recent = standing.filter(created_at__gt=moment - RATE_WINDOW).values("membership").order_by()
    last_hour = {row["membership"]: row["count"] for row in recent.annotate(count=Count("id"))}
    found = list(rows)
    people = Membership.objects.select_related("user").in_bulk([row["membership"] for row in found])
    return [
        PersonLine(
            membership=people[row["membership"]],
            judged=row["judged"],
            last_hour=last_hour.get(row["membership"], 0),
            active_minutes=(row["active"] or 0) // 60_000,
        )
        for row in found
    ]
