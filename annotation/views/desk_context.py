"""What the templates of the desk read, whoever shows them."""

from uuid6 import uuid7

from annotation.domain.desk.preferences import next_layout
from annotation.models import Lease, Queue
from annotation.queries.desk.attachments import files_of_task
from annotation.queries.desk.cards import task_card
from annotation.queries.desk.comfort import card_as_liked, warnings_of
from annotation.queries.desk.preferences import desk_preferences
from annotation.queries.quality.gold import entry_test
from annotation.queries.queues.crossing import opens_next_at
from annotation.queries.queues.progress import desk_progress
from curation.models import Membership
from curation.permissions import Access


def desk_context(
    access: Access, queue: Queue, membership: Membership, lease: Lease | None
) -> dict[str, object]:
    """Return what the templates of the desk read."""
    preferences = desk_preferences(access.user)
    return {
        "access": access,
        "project": access.project,
        "queue": queue,
        "desk_id": f"desk-{queue.uuid}",
        "membership": membership,
        "card": card_as_liked(task_card(lease), preferences) if lease else None,
        "files": files_of_task(lease) if lease else [],
        "warnings": warnings_of(lease.task) if lease else [],
        "draft": lease.draft if lease else {},
        "progress": desk_progress(queue, membership=membership),
        "guideline": queue.guideline,
        "opens_at": opens_next_at(queue, membership=membership)
        if lease is None and queue.partner_id
        else None,
        "entry_test": entry_test(queue, membership=membership),
        "preferences": preferences,
        "keys": preferences.key_of,
        "next_layout": next_layout(preferences.layout),
        "idempotency_key": uuid7(),
        "skip_key": uuid7(),
        "undo_key": uuid7(),
    }
