"""Whether anybody holds what the next request has to look at first."""

from datetime import datetime

from django.db.models import QuerySet

from annotation.models import Lease, Queue
from curation.models import Membership
from curation.models.kept_queries import kept_query


def is_anything_held(queue: Queue, *, membership: Membership, moment: datetime) -> bool:
    """Return whether this person holds a task of the queue, or anybody's lease in it has run out."""
    return bool(_held(queue=queue.pk, person=membership.pk, moment=moment))


@kept_query
def _held(queue: int, person: int, moment: datetime) -> QuerySet[Lease, int]:
    own, expired = held_leases(queue=queue, person=person, moment=moment)
    # Each has an index of its own, which a condition with "or" would not use.
    return own.values_list("pk", flat=True).union(expired.values_list("pk", flat=True), all=True)[:1]


def held_leases(*, queue: int, person: int, moment: datetime) -> tuple[QuerySet[Lease], QuerySet[Lease]]:
    """Return what this person holds of the queue, and the leases in it that ran out, whoever has them."""
    active = Lease.objects.filter(task__queue=queue, ended_at__isnull=True)
    return active.filter(membership=person), active.filter(expires_at__lt=moment)
