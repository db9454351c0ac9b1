"""Queues: what is asked, and the tasks that are in it."""

from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from annotation.models import Guideline, Queue, Task
from annotation.protocols import load_protocol
from curation.models import Conversation, PreferencePair, Project, User
from curation.queries.corpus.saved_views import conversations_of_view, view_of
from curation.services.work.audit import record_event
from curation.services.writing.set_pairs import BEGINNING as SET
from curation.services.writing.set_pairs import propose_set_pairs

FIRST_GUIDELINE = _(
    "Read the question, then both answers. Choose the one that helps the asker more: correct first, "
    "then complete, then clear. Length and politeness alone do not make an answer better."
)


# What a queue may be filled with, as its `source` names it.
MINED, CANDIDATES = "mined", "candidates"
PAIR_SOURCES = (MINED, CANDIDATES)


@transaction.atomic
def create_pair_queue(
    *,
    project: Project,
    name: str,
    overlap: int = 1,
    pairs: str = MINED,
    view: str = "",
    actor: User | None = None,
) -> Queue:
    """Open a pairwise queue with a first guideline: over the mined pairs, what behaviour proposed, or a response set.

    `view` is the uuid of a saved view, which leaves only pairs of its conversations.
    """
    load_protocol("pairwise")
    queue = Queue(
        project=project,
        name=name,
        protocol="pairwise",
        source={"pairs": pairs, **({"view": view} if view else {})},
        overlap=overlap,
        created_by=actor,
    )
    queue.full_clean()
    queue.save()
    Guideline.objects.create(project=project, queue=queue, version=1, body=str(FIRST_GUIDELINE))
    record_event(action="queue.created", project=project, actor=actor, target=queue)
    fill_queue(queue=queue)
    return queue


@transaction.atomic
def fill_queue(*, queue: Queue) -> int:
    """Add a task for every pair of the source that has none yet; returns how many came in."""
    wanted = queue.source.get("pairs", MINED)
    pairs = PreferencePair.objects.for_project(queue.project).standing()
    if wanted.startswith(SET):
        propose_set_pairs(project=queue.project, recipe=wanted)
        pairs = pairs.filter(recipe=wanted)
    elif wanted == CANDIDATES:
        # A regenerated or edited answer proposes a pair whatever its origin; only people make a label of it.
        pairs = pairs.filter(is_candidate=True).exclude(recipe__startswith=SET)
    else:
        pairs = pairs.filter(origin=wanted, is_candidate=False)
    if "view" in queue.source:
        pairs = pairs.filter(prompt__conversation__in=_conversations_of(queue))
    new = pairs.exclude(pk__in=queue.tasks.values("pair")).order_by("id").values_list("id", flat=True)
    tasks = [
        Task(project_id=queue.project_id, queue=queue, pair_id=pair, open_slots=queue.overlap) for pair in new
    ]
    return len(Task.objects.bulk_create(tasks, ignore_conflicts=True))


def _conversations_of(queue: Queue) -> QuerySet[Conversation]:
    """Return the conversations of the view that a queue draws from; none where the view was put away."""
    view = view_of(queue.project, UUID(queue.source["view"]))
    return Conversation.objects.none() if view is None else conversations_of_view(view)


@transaction.atomic
def set_queue_state(*, queue: Queue, state: Queue.State, actor: User) -> None:
    """Pause or reopen a queue; leases in people's hands run on."""
    queue.state = state
    queue.save(update_fields=["state"])
    record_event(action=f"queue.{state}", project=queue.project, actor=actor, target=queue)


@transaction.atomic
def set_queue_screening(*, queue: Queue, requires_pii_screening: bool, masks_pii: bool, actor: User) -> None:
    """Set whether the queue waits for the screening for personal data, and whether it shows pseudonyms."""
    queue.requires_pii_screening, queue.masks_pii = requires_pii_screening, masks_pii
    queue.save(update_fields=["requires_pii_screening", "masks_pii"])
    details = {"requires_pii_screening": requires_pii_screening, "masks_pii": masks_pii}
    record_event(
        action="queue.screening_set", project=queue.project, actor=actor, target=queue, details=details
    )


@transaction.atomic
def write_guideline(*, queue: Queue, body: str, actor: User) -> Guideline:
    """Add the next version of a queue's guideline; the earlier ones stay."""
    newest = queue.guidelines.aggregate(Max("version"))["version__max"] or 0
    guideline = Guideline.objects.create(project=queue.project, queue=queue, version=newest + 1, body=body)
    record_event(action="guideline.written", project=queue.project, actor=actor, target=guideline)
    return guideline
