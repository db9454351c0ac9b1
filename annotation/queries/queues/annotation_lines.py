"""The annotations of a queue as lines of a file: who (by pseudonym), what, in which order, when, by which guideline."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Prefetch, QuerySet

from annotation.domain.exchange.own import FORMAT
from annotation.domain.protocol import Conclusions
from annotation.models import Annotation, ModelAnnotator, Queue, QueueMember, TaskResponse
from annotation.queries.desk.cards import standing_judgements
from annotation.queries.desk.conclusions import conclusions_of

AT_ONCE = 1_000


def annotation_lines(queue: Queue, *, every_act: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the queue itself, then its standing judgements, or all acts in the order in which they came."""
    yield _queue_line(queue)
    models = set(ModelAnnotator.objects.for_project(queue.project).values_list("membership", flat=True))
    expertise = dict(QueueMember.objects.filter(queue=queue).values_list("membership", "expertise"))
    acts = Annotation.objects.filter(task__queue=queue)
    if not every_act:
        acts = acts.filter(pk__in=standing_judgements().filter(task__queue=queue).values("pk"))
    related = acts.select_related("task__conversation", "task__pair", "membership", "guideline")
    related = related.prefetch_related(Prefetch("task__asked", queryset=_asked()))
    for annotation in related.order_by("id").iterator(chunk_size=AT_ONCE):
        # The queue is at hand, so that no line asks for it again.
        annotation.task.queue = queue
        is_model = annotation.membership_id in models
        yield _line(
            annotation, kind="model" if is_model else expertise.get(annotation.membership_id, "person")
        )


def _asked() -> QuerySet[TaskResponse]:
    """Return what tasks ask about, without the texts: an import finds the same answers by their hashes."""
    rows = TaskResponse.objects.select_related("response").order_by("position")
    return rows.only("task", "position", "response__uuid", "response__content_hash")


def _queue_line(queue: Queue) -> dict[str, Any]:
    guidelines = queue.guidelines.order_by("version").values_list("version", "body")
    return {
        "format": FORMAT,
        "queue": queue.name,
        "protocol": queue.protocol,
        "settings": queue.settings,
        "guidelines": {str(version): body for version, body in guidelines},
    }


def _line(annotation: Annotation, *, kind: str) -> dict[str, Any]:
    task = annotation.task
    return {
        "annotation": str(annotation.uuid),
        "task": str(task.uuid),
        "subject": task.subject,
        "conversation": str(task.conversation.uuid),
        "source_id": task.conversation.source_id,
        "asked": [
            {"response": str(each.response.uuid), "content_hash": each.response.content_hash}
            for each in task.asked.all()
        ],
        "annotator": annotation.membership.pseudonym,
        "annotator_kind": kind,
        "act": annotation.act,
        "round": annotation.round,
        "revision": annotation.revision,
        "answer": annotation.answer,
        "order_shown": annotation.order_shown,
        "means": _meaning(annotation),
        "guideline_version": annotation.guideline.version if annotation.guideline else None,
        "active_ms": annotation.active_ms,
        "wall_ms": annotation.wall_ms,
        "created_at": annotation.created_at.isoformat(),
        "is_gold": task.is_gold,
    }


def _meaning(annotation: Annotation) -> Mapping[str, Any]:
    """Return what the answer says of responses by their ids; nothing of a skip or of what was taken back."""
    if annotation.act != Annotation.Act.JUDGED:
        return {}
    concluded: Conclusions = conclusions_of(annotation)
    return {
        "preferences": [
            {"first": each.first, "second": each.second, "outcome": each.outcome, "strength": each.strength}
            for each in concluded.preferences
        ],
        "ratings": [
            {"response": each.response, "attribute": each.attribute, "value": each.value}
            for each in concluded.ratings
        ],
        "places": dict(concluded.places),
    }
