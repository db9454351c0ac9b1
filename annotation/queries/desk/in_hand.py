"""What is read with every lease and every judgement of the one task in somebody's hands."""

from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.models import Adjudication, Annotation, Lease, Task, TaskResponse
from curation.models.kept_queries import kept_query


@kept_query
def stored_answers(task: int) -> QuerySet[TaskResponse]:
    """Return the answers that a task asks about in the order of storing, by id and project alone."""
    rows = TaskResponse.objects.filter(task=task).select_related("response").order_by("position")
    return rows.only("task", "position", "response__uuid", "response__project_id")


@kept_query
def leases_for_update(task: int, membership: int) -> QuerySet[Lease]:
    """Lock and return one person's leases of a task, the oldest first."""
    return Lease.objects.filter(task=task, membership=membership).select_for_update().order_by("id")


@kept_query
def acts_of(membership: int, task: int, key: UUID) -> QuerySet[Annotation]:
    """Return one person's acts on a task and what they sent under this key, the newest revision first."""
    return _acts(membership, task, key).order_by("-revision")


class Standing(NamedTuple):
    """How a task stands for one person: whether an adjudicator decided it, and whether they acted on it before.

    A judgement of a decided task is kept, and publishes nothing.
    """

    is_decided: bool
    has_acted: bool


def standing_for_update(lease: Lease, *, key: UUID) -> Standing:
    """Lock the task of a lease and return how it stands for its holder, who sends something under this key."""
    (standing,) = _standing(task=lease.task_id, membership=lease.membership_id, key=key)
    return Standing(*standing)


@kept_query
def _standing(task: int, membership: int, key: UUID) -> QuerySet[Task, tuple[bool, bool]]:
    decisions = Adjudication.objects.filter(task=OuterRef("pk"))
    rows = Task.objects.filter(pk=task).select_for_update().annotate(is_decided=Exists(decisions))
    return rows.annotate(has_acted=Exists(_acts(membership, task, key))).values_list(
        "is_decided", "has_acted"
    )


def _acts(membership: int, task: int, key: UUID) -> QuerySet[Annotation]:
    return Annotation.objects.filter(Q(task=task) | Q(idempotency_key=key), membership=membership)
