"""What is read with every lease and every judgement of the one task in somebody's hands."""

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
    acts = Annotation.objects.filter(Q(task=task) | Q(idempotency_key=key), membership=membership)
    return acts.order_by("-revision")


def is_decided_for_update(task: Task) -> bool:
    """Lock a task and return whether an adjudicator decided it: a judgement is kept then, and publishes nothing."""
    (is_decided,) = _decided(task=task.pk)
    return is_decided


@kept_query
def _decided(task: int) -> QuerySet[Task, bool]:
    decisions = Adjudication.objects.filter(task=OuterRef("pk"))
    rows = Task.objects.filter(pk=task).select_for_update().annotate(is_decided=Exists(decisions))
    return rows.values_list("is_decided", flat=True)
