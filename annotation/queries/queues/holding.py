"""Whether anybody holds what the next request has to look at first."""

from datetime import datetime
from functools import cache

from django.db.models import Q

from annotation.models import Lease, Queue
from annotation.queries.queues.kept_sql import MOMENT, PERSON, QUEUE, KeptSql
from curation.models import Membership


def is_anything_held(queue: Queue, *, membership: Membership, moment: datetime) -> bool:
    """Return whether this person holds a task of the queue, or anybody's lease in it has run out."""
    values = {"queue": queue.pk, "person": membership.pk, "moment": moment}
    return _held_sql().finds_any(values)


@cache
def _held_sql() -> KeptSql:
    active = Lease.objects.filter(task__queue_id=QUEUE, ended_at__isnull=True)
    found = active.filter(Q(membership_id=PERSON) | Q(expires_at__lt=MOMENT))
    return KeptSql.of(found.order_by().values("pk"))
