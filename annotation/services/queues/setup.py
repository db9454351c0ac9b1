"""Queues: what is asked, and the tasks that are in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from django.db import transaction
from django.db.models import Count, Max
from django.utils.translation import gettext_lazy as _

from annotation.domain.protocol import Payload, Reads
from annotation.domain.queues.ordering import Order, audited, priorities
from annotation.domain.queues.overlap import OverlapPolicy
from annotation.models import Guideline, Queue, Task, TaskResponse
from annotation.protocols import load_protocol
from annotation.services.queues.crossing import lay_out_items
from annotation.services.queues.sources import MINED, Subject, subjects_of
from curation.models import Project, User
from curation.services.work.audit import record_event

BATCH = 2000

BY_WORTH = _(
    "What counts is how far it helps the asker: correct first, then complete, then clear. "
    "Length and politeness alone do not make an answer better."
)
# What the people of a new queue go by until its researcher writes more.
FIRST_GUIDELINES = {
    Reads.ANSWER: _("Read the question, then the answer."),
    Reads.PAIR: _("Read the question, then both answers."),
    Reads.JOINT_PAIR: _("Read each question with its answer, as an exchange of its own."),
    Reads.ANSWERS: _("Read the question, then all answers before you order them."),
    Reads.MESSAGE: _(
        "Read the message beside the answer that it follows. Judge what its writer says of that answer, "
        "and not whether the writer is right."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRules:
    """How a queue asks: the protocol's settings as its form sends them, of how many people, and in which order."""

    settings: Payload = field(default_factory=dict)
    overlap: int = 1
    overlap_policy: str = OverlapPolicy.FIXED.value
    most_overlap: int | None = None
    overlap_bound: float | None = None
    key_attribute: str = ""
    order: str = Order.GIVEN.value
    audit_share: float = 0.0
    language: str = ""
    retire_after: int | None = None
    keeps_together: bool = True
    sending: str = Queue.Sending.AT_ONCE
    is_restricted: bool = False

    def as_columns(self) -> dict[str, Any]:
        """Return the columns of a queue that these rules fill."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "settings"}


@transaction.atomic
def create_queue(
    *,
    project: Project,
    name: str,
    protocol: str,
    source: Mapping[str, str],
    rules: QueueRules | None = None,
    actor: User | None = None,
) -> Queue:
    """Open a queue with a first guideline and fill it; `source` is read by `annotation.services.queues.sources`."""
    rules = rules or QueueRules()
    told = load_protocol(protocol).settings(rules.settings)
    queue = Queue(
        project=project,
        name=name,
        protocol=protocol,
        settings=told,
        source=dict(source),
        created_by=actor,
        **rules.as_columns(),
    )
    queue.full_clean()
    queue.save()
    _next_guideline(queue, version=1, body=_first_guideline(load_protocol(protocol).reads))
    record_event(action="queue.created", project=project, actor=actor, target=queue)
    fill_queue(queue=queue)
    return queue


def _first_guideline(reads: Reads) -> str:
    said = str(FIRST_GUIDELINES[reads])
    return said if reads is Reads.MESSAGE else f"{said} {BY_WORTH}"


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
    """Open a pairwise queue over the mined pairs, what behaviour proposed, or a response set.

    `view` is the uuid of a saved view, which leaves only pairs of its conversations.
    """
    source = {"pairs": pairs, **({"view": view} if view else {})}
    return create_queue(
        project=project,
        name=name,
        protocol="pairwise",
        source=source,
        rules=QueueRules(overlap=overlap),
        actor=actor,
    )


@transaction.atomic
def fill_queue(*, queue: Queue) -> int:
    """Add a task for everything of the source that has none yet; returns how many came in."""
    known = set(queue.tasks.values_list("subject", flat=True))
    subjects = {each.name: each for each in subjects_of(queue) if each.name not in known}
    Task.objects.bulk_create(_tasks_of(queue, subjects), ignore_conflicts=True, batch_size=BATCH)
    added = _ask_about(queue, subjects)
    in_a_row = queue.tasks.order_by().values("conversation").annotate(tasks=Count("id")).filter(tasks__gt=1)
    queue.has_threads = in_a_row.exists()
    queue.save(update_fields=["has_threads"])
    if queue.partner_id:
        lay_out_items(queue=queue)
    return added


def _tasks_of(queue: Queue, subjects: Mapping[str, Subject]) -> list[Task]:
    """Return the new tasks, each with its priority, in an order that says the same each time."""
    seed = str(queue.uuid)
    audit = audited(list(subjects), share=queue.audit_share, seed=seed)
    worths = {name: subject.worth for name, subject in subjects.items()}
    priority = priorities(worths, order=Order(queue.order), audit=audit, seed=seed)
    return [
        Task(
            project_id=queue.project_id,
            queue=queue,
            conversation_id=subject.conversation_id,
            pair_id=subject.pair_id,
            message_id=subject.message_id,
            subject=name,
            priority=priority[name],
            is_audit=name in audit,
            wanted=queue.overlap,
            open_slots=queue.overlap,
        )
        for name, subject in subjects.items()
    ]


def _ask_about(queue: Queue, subjects: Mapping[str, Subject]) -> int:
    """Write down the answers that the new tasks ask about; returns how many tasks are new."""
    new = queue.tasks.filter(subject__in=subjects, asked__isnull=True).values_list("id", "subject")
    made = list(new.iterator())
    rows = [
        TaskResponse(
            project_id=queue.project_id,
            task_id=task,
            response_id=response,
            prompt_id=subjects[name].prompt_id,
            position=position,
        )
        for task, name in made
        for position, response in enumerate(subjects[name].response_ids)
    ]
    TaskResponse.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
    return len(made)


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
    guideline = _next_guideline(queue, version=newest + 1, body=body)
    record_event(action="guideline.written", project=queue.project, actor=actor, target=guideline)
    return guideline


def _next_guideline(queue: Queue, *, version: int, body: str) -> Guideline:
    guideline = Guideline.objects.create(project_id=queue.project_id, queue=queue, version=version, body=body)
    queue.guideline = guideline
    queue.save(update_fields=["guideline"])
    return guideline
