"""The review round: answers sent back with a note, and the last word on what people disagree about."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from annotation.domain.protocol import Asked, Payload
from annotation.models import Adjudication, DecisionDraft, Queue, ReturnedAnswer, Task
from annotation.protocols import load_protocol
from annotation.queries.desk.cards import standing_judgements
from annotation.services.desk.leases import checked_draft, draw_order
from annotation.services.desk.publishing import publish_decision
from curation.domain.errors import HarkenError
from curation.models import Membership, User
from curation.services.work.audit import record_event


@transaction.atomic
def return_answer(*, queue: Queue, annotation_uuid: UUID, note: str, actor: User) -> ReturnedAnswer:
    """Send a standing judgement back to who gave it, with a note; what they send then takes its place."""
    standing = standing_judgements().filter(task__queue=queue, uuid=annotation_uuid)
    annotation = standing.first()
    if annotation is None:
        raise HarkenError(
            _("This answer was changed or taken back meanwhile, so there is nothing to send back.")
        )
    returned = ReturnedAnswer(
        project_id=queue.project_id, annotation=annotation, note=note.strip(), created_by=actor
    )
    returned.full_clean(exclude=["project", "annotation", "created_by"])
    returned.save()
    record_event(action="annotation.returned", project=queue.project, actor=actor, target=annotation)
    return returned


@transaction.atomic
def adjudicate(
    *, task: Task, membership: Membership, payload: Payload, order_shown: list[str], note: str = ""
) -> Adjudication:
    """Give the last word on a task: it is published in place of the votes, and nobody is asked any more.

    Raises HarkenError where it was given, or for somebody who judged it as a peer.
    """
    locked = _locked(task)
    if Adjudication.objects.filter(task=locked).exists():
        raise HarkenError(_("This task is decided already."))
    if standing_judgements().filter(task=locked, membership=membership).exists():
        raise HarkenError(_("You judged this task yourself, so somebody else has to decide it."))
    asked = Asked(shown=tuple(order_shown), settings=locked.queue.settings)
    answer = load_protocol(locked.queue.protocol).parse(payload, asked)
    decided = Adjudication.objects.create(
        project_id=locked.project_id,
        task=locked,
        membership=membership,
        answer=answer,
        order_shown=order_shown,
        note=note.strip(),
    )
    Task.objects.filter(pk=locked.pk).update(wanted=F("wanted") - F("open_slots"), open_slots=0)
    DecisionDraft.objects.filter(task=locked).delete()
    publish_decision(decided)
    record_event(action="task.adjudicated", project=locked.project, actor=membership.user, target=decided)
    return decided


@transaction.atomic
def open_for_decision(*, task: Task, membership: Membership) -> DecisionDraft:
    """Open a task for somebody to decide it: its answers stand for them as they stood the first time."""
    opened, _is_new = DecisionDraft.objects.get_or_create(
        task=task,
        membership=membership,
        defaults={"project_id": task.project_id, "order_shown": draw_order(task)},
    )
    opened.task, opened.membership = task, membership
    return opened


@transaction.atomic
def keep_decision_draft(*, opened: DecisionDraft, fields: Mapping[str, Sequence[str]]) -> None:
    """Keep what is filled in so far; nothing of a conversation that was withdrawn meanwhile.

    Raises HarkenError where it is longer than any judgement may be.
    """
    kept = checked_draft(fields)
    standing = DecisionDraft.objects.filter(pk=opened.pk, task__conversation__withdrawn_at__isnull=True)
    standing.update(draft=kept)


def _locked(task: Task) -> Task:
    rows = Task.objects.select_for_update(no_key=True, of=("self",)).select_related("queue__guideline")
    return rows.get(pk=task.pk)
