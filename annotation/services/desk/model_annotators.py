"""Models that answer under the protocols of queues: annotators of their own kind, beside people and never among them.

They hold no slot of a task, so a model's answer takes no person's place; they count in no progress and in no
agreement of people; and what they decide is published as a judge's verdict.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from annotation.domain.protocol import Asked, Payload
from annotation.models import Annotation, ModelAnnotator, Queue, Task
from annotation.protocols import load_protocol
from annotation.services.desk.publishing import publish_verdicts_of_model
from curation.domain.access.roles import Role
from curation.domain.access.tokens import new_token
from curation.models import Membership, Project, User


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAnswer:
    """What a model answered: the form's fields, the order in which it was shown the answers, and how long it took."""

    payload: Payload
    order_shown: Sequence[str]
    key: UUID
    wall_ms: int | None = None


@transaction.atomic
def ensure_model_annotator(
    *, project: Project, name: str, configuration: Mapping[str, Any] | None = None
) -> ModelAnnotator:
    """Return the annotator of this name, made when it is absent; its account opens to nobody."""
    found = ModelAnnotator.objects.for_project(project).filter(name=name).first()
    if found is not None:
        return found
    token = new_token()[:12].lower().replace("_", "x").replace("-", "y")
    user = User.objects.create_user(f"model-{token}@models.invalid", display_name=name[:120], is_active=False)
    membership = Membership.objects.create(
        project=project,
        user=user,
        role=Role.ANNOTATOR,
        pseudonym=f"model-{token}",
        removed_at=user.created_at,
    )
    return ModelAnnotator.objects.create(
        project=project, name=name, configuration=dict(configuration or {}), membership=membership
    )


def tasks_for_model(queue: Queue, *, annotator: ModelAnnotator) -> QuerySet[Task]:
    """Return the tasks of a queue that this model has not answered, in the order of the queue."""
    done = Annotation.objects.filter(task=OuterRef("pk"), membership_id=annotator.membership_id)
    tasks = Task.objects.askable().showable().filter(queue=queue, retired_at__isnull=True)
    return tasks.filter(~Exists(done)).select_related("pair").order_by("-priority", "id")


@transaction.atomic
def submit_model_answer(*, task: Task, annotator: ModelAnnotator, answer: ModelAnswer) -> Annotation:
    """Keep a model's answer and publish what it decides as a judge's verdict; sent twice it counts once.

    Raises AnswerError where the protocol refuses it.
    """
    member = Membership.objects.select_for_update(no_key=True).get(pk=annotator.membership_id)
    before = Annotation.objects.filter(task=task, membership=member).order_by("-revision").first()
    if before is not None:
        return before
    asked = Asked(shown=tuple(answer.order_shown), settings=task.queue.settings)
    annotation = Annotation.objects.create(
        project_id=task.project_id,
        task=task,
        membership=member,
        revision=1,
        answer=load_protocol(task.queue.protocol).parse(answer.payload, asked),
        order_shown=list(answer.order_shown),
        guideline=task.queue.guideline,
        wall_ms=answer.wall_ms,
        idempotency_key=answer.key,
    )
    publish_verdicts_of_model(annotation)
    return annotation
