"""Crossed protocols: items with their arms, and the places of the people who read them under both."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from annotation.domain.queues.crossing import arms_of
from annotation.models import CrossedItem, CrossedReading, Queue
from annotation.queries.queues.crossing import first_queue_id, partner_id_of, places_to_begin
from curation.models import Membership, User
from curation.services.work.audit import record_event


@transaction.atomic
def lay_out_items(*, queue: Queue) -> int:
    """Give every conversation of the two queues an arm, as many the one as the other; returns how many are new."""
    first = Queue.objects.get(pk=first_queue_id(queue))
    partner = Queue.objects.get(pk=partner_id_of(first))
    shared = first.tasks.filter(conversation__in=partner.tasks.values("conversation"))
    known = set(first.crossed_items.values_list("conversation_id", flat=True))
    new = set(shared.values_list("conversation_id", flat=True)) - known
    arms = arms_of(sorted(new), seed=str(first.uuid))
    items = [
        CrossedItem(
            project_id=first.project_id,
            queue=first,
            conversation_id=conversation,
            arm=arm,
            open_places=min(first.overlap, partner.overlap),
        )
        for conversation, arm in arms.items()
    ]
    return len(CrossedItem.objects.bulk_create(items, batch_size=2000))


@transaction.atomic
def begin_item(*, queue: Queue, membership: Membership) -> bool:
    """Give this person a place at the next item that they meet here first; False where none is left for them."""
    items = places_to_begin(queue, membership=membership)
    item = items.select_for_update(skip_locked=True, of=("self",), no_key=True).first()
    if item is None:
        return False
    CrossedItem.objects.filter(pk=item.pk).update(open_places=F("open_places") - 1)
    CrossedReading.objects.create(project_id=item.project_id, item=item, membership=membership)
    return True


@transaction.atomic
def free_places(*, queue: Queue, membership: Membership, actor: User) -> int:
    """Give what this person has not finished of the crossed items to others; what they judged stays."""
    places = CrossedReading.objects.filter(
        item__queue_id=first_queue_id(queue), membership=membership, ended_at__isnull=True
    )
    ended = 0
    for place in places.select_for_update(of=("self",)).order_by("item_id"):
        CrossedItem.objects.filter(pk=place.item_id).update(open_places=F("open_places") + 1)
        place.ended_at = timezone.now()
        place.save(update_fields=["ended_at"])
        ended += 1
    record_event(action="queue.places_freed", project=queue.project, actor=actor, target=queue)
    return ended
