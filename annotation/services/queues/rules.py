"""Changing how an open queue asks: what was judged stays, what is in people's hands runs on."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from annotation.domain.queues.ordering import Order, audited, priorities
from annotation.models import Queue, QueueMember
from annotation.services.queues.overlap import change_overlap
from annotation.services.queues.setup import QueueRules
from annotation.services.queues.sources import subjects_of
from curation.models import Membership, User
from curation.services.work.audit import record_event


@transaction.atomic
def change_rules(*, queue: Queue, rules: QueueRules, actor: User) -> None:
    """Give a queue other rules; open slots and priorities follow at once. Raises ValidationError."""
    told = rules.as_columns()
    before = {name: getattr(queue, name) for name in told}
    for name, value in told.items():
        setattr(queue, name, value)
    if queue.partner_id and queue.overlap != before["overlap"]:
        raise ValidationError(_("The places of crossed queues were given out for this many people per task."))
    queue.full_clean(exclude=["project", "guideline", "partner", "created_by"])
    if queue.overlap != before["overlap"]:
        change_overlap(queue=queue, overlap=queue.overlap)
    if (queue.order, queue.audit_share) != (before["order"], before["audit_share"]):
        _put_in_order(queue)
    queue.save(update_fields=list(told))
    changed = {name: value for name, value in told.items() if value != before[name]}
    record_event(
        action="queue.rules_changed", project=queue.project, actor=actor, target=queue, details=changed
    )


def _put_in_order(queue: Queue) -> None:
    """Give every task the priority that it would have been made with."""
    seed, worths = str(queue.uuid), {each.name: each.worth for each in subjects_of(queue)}
    tasks = [
        task for task in queue.tasks.select_for_update(no_key=True).order_by("id") if task.subject in worths
    ]
    audit = audited([task.subject for task in tasks], share=queue.audit_share, seed=seed)
    known = {task.subject: worths[task.subject] for task in tasks}
    priority = priorities(known, order=Order(queue.order), audit=audit, seed=seed)
    for task in tasks:
        task.priority, task.is_audit = priority[task.subject], task.subject in audit
    queue.tasks.bulk_update(tasks, ["priority", "is_audit"], batch_size=2000)


@transaction.atomic
def name_member(
    *, queue: Queue, membership: Membership, expertise: str, languages: list[str], actor: User
) -> QueueMember:
    """Let somebody work on the queue, or change as what and in which languages."""
    member, _made = QueueMember.objects.update_or_create(
        queue=queue,
        membership=membership,
        defaults={"project_id": queue.project_id, "expertise": expertise, "languages": languages},
    )
    record_event(action="queue.member_named", project=queue.project, actor=actor, target=member)
    return member


@transaction.atomic
def drop_member(*, member: QueueMember, actor: User) -> None:
    """Name somebody no longer; what they judged stays, and what they hold they may finish."""
    record_event(action="queue.member_dropped", project=member.project, actor=actor, target=member)
    member.delete()
