"""Which task a person is given next: what they may be asked at all, and in which order."""

from collections.abc import Sequence
from datetime import datetime
from random import SystemRandom

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotation.domain.protocol import Reads
from annotation.models import Annotation, Lease, Queue, QueueMember, Task
from annotation.protocols import load_protocol
from annotation.queries.desk.preferences import desk_preferences
from annotation.queries.desk.story import kept_story_pair
from annotation.queries.quality.gold import entry_test, of_known_answers
from annotation.queries.queues.crossing import due_now
from annotation.queries.queues.holding import held_leases
from curation.domain.access.roles import Role
from curation.models import Membership, Tag, User
from curation.models.kept_queries import kept_query

_CHANCE = SystemRandom()
DONE = (Annotation.Act.JUDGED, Annotation.Act.SKIPPED)


def open_tasks(queue: Queue, *, membership: Membership, moment: datetime) -> QuerySet[Task]:
    """Return the tasks with an open slot that this person may be given, in the order of the queue."""
    return askable_of(queue, membership=membership, moment=moment).filter(open_slots__gt=0)


def is_plain(queue: Queue, *, membership: Membership) -> bool:
    """Return whether nothing but the queue's order and what this person did decides what they get."""
    has_rules = queue.requires_pii_screening or queue.is_restricted or queue.partner_id is not None
    is_tested = bool(queue.entry_test_size or queue.gold_share)
    is_read_on = queue.has_threads and queue.keeps_together
    is_choosy = membership.role != Role.ANNOTATOR or bool(desk_preferences(membership.user).declined)
    return not (has_rules or is_tested or is_read_on or is_choosy or _is_joint(queue))


def _is_joint(queue: Queue) -> bool:
    return load_protocol(queue.protocol).reads is Reads.JOINT_PAIR


def next_plain_task(queue: Queue, *, membership: Membership) -> Task | None:
    """Lock and return the first open task, where the case `is_plain`: what `open_tasks` finds, by kept SQL."""
    return _first_of(queue, _plain_tasks(queue=queue.pk, person=membership.pk))


def first_plain_task(queue: Queue, *, membership: Membership, moment: datetime) -> Task | None:
    """Lock and return the same task for somebody with empty hands; None also while anything is held or ran out."""
    return _first_of(queue, _first_plain_tasks(queue=queue.pk, person=membership.pk, moment=moment))


def _first_of(queue: Queue, tasks: Sequence[Task]) -> Task | None:
    """Return the task that was found, with its queue, which is at hand."""
    for task in tasks:
        task.queue = queue
        return task
    return None


@kept_query
def _plain_tasks(queue: int, person: int) -> QuerySet[Task]:
    return _plain(queue, person).select_for_update(skip_locked=True, of=("self",), no_key=True)[:1]


@kept_query
def _first_plain_tasks(queue: int, person: int, moment: datetime) -> QuerySet[Task]:
    own, expired = held_leases(queue=queue, person=person, moment=moment)
    tasks = _plain(queue, person).filter(~Exists(own), ~Exists(expired))
    return tasks.select_for_update(skip_locked=True, of=("self",), no_key=True)[:1]


def _plain(queue: int, person: int) -> QuerySet[Task]:
    plain, annotator = (
        Queue(pk=queue, protocol="pairwise"),
        Membership(pk=person, role=Role.ANNOTATOR, user=User()),
    )
    # A plain queue's tasks do not depend on the time.
    return open_tasks(plain, membership=annotator, moment=timezone.now())


def askable_of(queue: Queue, *, membership: Membership, moment: datetime) -> QuerySet[Task]:
    """Return the tasks that this person may be asked and has neither judged nor skipped nor in hand.

    What they took back may come again, with the draft that they had begun.
    """
    newest = Annotation.objects.filter(task=OuterRef("pk"), membership=membership).order_by("-revision")
    begun = Lease.objects.filter(task=OuterRef("pk"), membership=membership).order_by("-id")
    # A look at every answer's conversation costs a plan of four more tables, and only joint pairs have two.
    standing = Task.objects.askable() if _is_joint(queue) else Task.objects.askable_by_conversation()
    tasks = standing.filter(queue=queue, retired_at__isnull=True)
    if queue.requires_pii_screening:
        tasks = tasks.showable()
    known = tasks.annotate(
        last_act=Coalesce(Subquery(newest.values("act")[:1]), Value("")),
        draft=Subquery(begun.values("draft")[:1]),
        begun_order=Subquery(begun.values("order_shown")[:1]),
        begun_way=Subquery(begun.values("way")[:1]),
    )
    in_hand = begun.filter(ended_at__isnull=True)
    new = known.exclude(last_act__in=DONE).filter(~Exists(in_hand)).order_by("-priority", "id")
    allowed = _for_person(_without_story(new, queue, membership), queue, membership, moment)
    return _of_its_kind(_not_declined(allowed, membership), queue, membership)


def _without_story(tasks: QuerySet[Task], queue: Queue, membership: Membership) -> QuerySet[Task]:
    """Leave out the story's pair, whose complaint was seen by whoever may open the project's home."""
    told = kept_story_pair(queue.project) if membership.role != Role.ANNOTATOR else None
    return tasks.exclude(pair=told) if told else tasks


def _not_declined(tasks: QuerySet[Task], membership: Membership) -> QuerySet[Task]:
    """Leave out what was flagged as something that this person would rather not read; others get it."""
    declined = desk_preferences(membership.user).declined
    if not declined:
        return tasks
    flagged = Tag.objects.filter(conversation=OuterRef("conversation"), name__in=list(declined))
    return tasks.filter(~Exists(flagged))


def _of_its_kind(tasks: QuerySet[Task], queue: Queue, membership: Membership) -> QuerySet[Task]:
    """Leave tasks with a known answer or without: the entry test first, then a known one now and then, by chance."""
    test, known = entry_test(queue, membership=membership), of_known_answers(tasks)
    if not test.is_over and known.exists():
        return known
    # Where fewer known answers are left than the test asks for, it is over with those that were met.
    if test.answered and not test.over_now.is_passed:
        return tasks.none()
    if queue.gold_share and _CHANCE.random() < queue.gold_share and known.exists():
        return known
    return tasks.filter(is_gold=False)


def _for_person(
    tasks: QuerySet[Task], queue: Queue, membership: Membership, moment: datetime
) -> QuerySet[Task]:
    """Leave what this person may be asked by the queue's rules of people, languages and crossed protocols."""
    if queue.is_restricted:
        member = QueueMember.objects.filter(queue=queue, membership=membership).first()
        if member is None:
            return tasks.none()
        if member.languages:
            tasks = tasks.filter(conversation__language__in=member.languages)
    if queue.partner_id:
        tasks = tasks.filter(due_now(queue, membership=membership, moment=moment))
    return tasks


def in_same_conversation(
    tasks: QuerySet[Task], *, queue: Queue, membership: Membership, held: Lease | None
) -> QuerySet[Task]:
    """Return the tasks of the conversation that this person holds or read last, in the order of asking.

    A conversation is so read once, and not again for each of its tasks.
    """
    if held is not None:
        return tasks.filter(conversation_id=held.task.conversation_id).order_by("id")
    last = Annotation.objects.filter(task__queue=queue, membership=membership).order_by("-id")
    return tasks.filter(conversation_id=Subquery(last.values("task__conversation_id")[:1])).order_by("id")
