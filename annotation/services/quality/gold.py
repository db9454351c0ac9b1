"""Known answers: setting them, checking judgements against them, contesting them."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.domain.protocol import Asked
from annotation.domain.quality.gold import is_right
from annotation.domain.queues.ways import asked_so
from annotation.models import Annotation, GoldAnswer, GoldContest, GoldResult, Queue, Task
from annotation.protocols import load_protocol
from annotation.queries.desk.cards import standing_judgements
from annotation.queries.desk.conclusions import conclusions_of
from annotation.services.desk.leases import require_standing
from annotation.services.desk.publishing import retract_conclusions
from curation.domain.errors import HarkenError
from curation.models import Membership, User
from curation.services.work.audit import record_event

# A task with a known answer is asked of everybody, so its slots never run out.
GOLD_SLOTS = 30_000
# A rating may be one step off, unless something else is said; of every other protocol the answer itself counts.
TOLERANCES = {"rating": 1.0, "attributes": 1.0, "rate_and_rank": 1.0}


@transaction.atomic
def set_gold(
    *,
    queue: Queue,
    annotation_uuid: UUID,
    membership: Membership,
    explanation: str = "",
    tolerance: float | None = None,
) -> GoldAnswer:
    """Make one's own standing judgement the known answer to its task, which counts for no figure from then on."""
    own = standing_judgements().filter(task__queue=queue, membership=membership, uuid=annotation_uuid)
    annotation = own.first()
    if annotation is None:
        raise HarkenError(_("Only an answer of your own that stands can become a known one."))
    task = Task.objects.select_for_update(no_key=True).get(pk=annotation.task_id)
    gold, _made = GoldAnswer.objects.update_or_create(
        task=task,
        defaults={
            "project_id": task.project_id,
            "answer": annotation.answer,
            "order_shown": annotation.order_shown,
            "way": annotation.way,
            "explanation": explanation.strip(),
            "tolerance": TOLERANCES.get(queue.protocol, 0.0) if tolerance is None else tolerance,
            "suspended_at": None,
            "created_by": membership.user,
        },
    )
    Task.objects.filter(pk=task.pk).update(is_gold=True, open_slots=GOLD_SLOTS, wanted=0)
    for published in task.annotations.select_related("task__queue"):
        retract_conclusions(published)
    record_event(action="gold.set", project=task.project, actor=membership.user, target=gold)
    return gold


@transaction.atomic
def set_gold_rules(*, queue: Queue, actor: User, **rules: float) -> None:
    """Set how known answers are used: entry_test_size, entry_test_pass and gold_share."""
    for name, value in rules.items():
        setattr(queue, name, value)
    queue.full_clean()
    queue.save(update_fields=list(rules))
    record_event(
        action="queue.gold_rules_set", project=queue.project, actor=actor, target=queue, details=rules
    )


def check_against_gold(annotation: Annotation) -> GoldResult | None:
    """Note whether a judgement agrees with the known answer of its task; None while that is contested."""
    gold = GoldAnswer.objects.filter(task=annotation.task_id, suspended_at__isnull=True).first()
    if gold is None:
        return None
    queue = annotation.task.queue
    asked = Asked(shown=tuple(gold.order_shown), settings=asked_so(queue.settings, gold.way))
    known = load_protocol(queue.protocol).conclude(gold.answer, asked)
    agrees = is_right(
        conclusions_of(annotation), known, tolerance=gold.tolerance, attribute=queue.key_attribute
    )
    return GoldResult.objects.create(
        project_id=gold.project_id, gold=gold, annotation=annotation, is_right=agrees
    )


@transaction.atomic
def contest_gold(*, gold: GoldAnswer, membership: Membership, reason: str) -> GoldContest:
    """Hold a known answer to be wrong: it counts for nobody until a researcher has decided.

    Raises HarkenError for somebody who has not met it, or who contests it already.
    """
    locked = GoldAnswer.objects.select_for_update().get(pk=gold.pk)
    if not locked.results.filter(annotation__membership=membership).exists():
        raise HarkenError(_("You can contest a known answer once you have answered its task."))
    if locked.contests.filter(membership=membership, resolved_at__isnull=True).exists():
        raise HarkenError(_("You contest this answer already. A researcher will decide."))
    require_standing(locked.task)
    contest = GoldContest(
        project_id=locked.project_id, gold=locked, membership=membership, reason=reason.strip()
    )
    contest.full_clean(exclude=["project", "gold", "membership"])
    contest.save()
    GoldAnswer.objects.filter(pk=locked.pk).update(suspended_at=timezone.now())
    return contest


@transaction.atomic
def resolve_contest(*, queue: Queue, contest_uuid: UUID, is_upheld: bool, actor: User) -> GoldContest:
    """Decide a contest: upheld, the answer stays out for good; else it counts again once nobody contests it."""
    contests = GoldContest.objects.select_for_update(of=("self",)).filter(gold__task__queue=queue)
    contest = contests.filter(uuid=contest_uuid, resolved_at=None).first()
    if contest is None:
        raise HarkenError(_("This contest is decided already."))
    contest.resolved_at, contest.is_upheld = timezone.now(), is_upheld
    contest.save(update_fields=["resolved_at", "is_upheld"])
    gold = GoldAnswer.objects.select_for_update().get(pk=contest.gold_id)
    stays_out = (
        gold.contests.filter(is_upheld=True).exists() or gold.contests.filter(resolved_at=None).exists()
    )
    gold.suspended_at = (gold.suspended_at or timezone.now()) if stays_out else None
    gold.save(update_fields=["suspended_at"])
    record_event(
        action="gold.decided", project=gold.project, actor=actor, target=gold, details={"upheld": is_upheld}
    )
    return contest
