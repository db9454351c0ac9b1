"""Questions and rulings: who asks keeps the task, and the answer becomes a rule for everybody."""

from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from annotation.models import Guideline, GuidelineReading, Lease, Precedent, Question, Queue
from annotation.services.desk.leases import renew_lease, require_standing
from curation.domain.errors import HarkenError
from curation.models import Membership, User
from curation.services.work.audit import record_event


@transaction.atomic
def ask_question(*, lease: Lease, body: str) -> Question:
    """Ask about the task in hand, which stays in hand; raises HarkenError once it is not any more."""
    if lease.ended_at is not None:
        raise HarkenError(_("You do not hold this task any more, so there is nothing to ask about it."))
    require_standing(lease.task)
    question = Question(
        project_id=lease.project_id,
        task_id=lease.task_id,
        membership_id=lease.membership_id,
        body=body.strip(),
    )
    question.full_clean(exclude=["project", "task", "membership"])
    question.save()
    renew_lease(lease=lease)
    return question


@transaction.atomic
def rule_on_question(*, queue: Queue, question_uuid: UUID, body: str, actor: User) -> Precedent:
    """Answer a question by the queue's next precedent; raises HarkenError where it has been answered."""
    locked = Queue.objects.select_for_update(no_key=True).get(pk=queue.pk)
    question = Question.objects.filter(task__queue=locked, uuid=question_uuid, precedent=None).first()
    if question is None:
        raise HarkenError(_("This question is answered already, or is not there any more."))
    newest = Precedent.objects.filter(queue=locked).aggregate(Max("number"))["number__max"] or 0
    precedent = Precedent(
        project_id=locked.project_id,
        queue=locked,
        question=question,
        number=newest + 1,
        body=body.strip(),
        created_by=actor,
    )
    precedent.full_clean(exclude=["project", "queue", "question", "created_by"])
    precedent.save()
    record_event(action="precedent.set", project=locked.project, actor=actor, target=precedent)
    return precedent


@transaction.atomic
def acknowledge_guideline(*, guideline: Guideline, membership: Membership) -> None:
    """Note that this person has read a version and goes by it; twice changes nothing."""
    GuidelineReading.objects.get_or_create(
        guideline=guideline, membership=membership, defaults={"project_id": guideline.project_id}
    )
