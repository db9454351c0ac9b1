"""Whether anybody holds what the next request has to look at first."""

from datetime import datetime

from django.db.models import Q, QuerySet

from annotation.models import Lease, Queue
from curation.models import Membership
from curation.models.kept_queries import kept_query


def is_anything_held(queue: Queue, *, membership: Membership, moment: datetime) -> bool:
    """Return whether this person holds a task of the queue, or anybody's lease in it has run out."""
    return bool(_held(queue=queue.pk, person=membership.pk, moment=moment))


@kept_query
def _held(queue: int, person: int, moment: datetime) -> QuerySet[Lease, int]:
    active = Lease.objects.filter(task__queue=queue, ended_at__isnull=True)
    found = active.filter(Q(membership=person) | Q(expires_at__lt=moment))
    return found.order_by().values_list("pk", flat=True)[:1]
