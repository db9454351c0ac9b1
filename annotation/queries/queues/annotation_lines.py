"""The annotations of a queue as lines of a file: who (by pseudonym), what, in which order, when, by which guideline."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Prefetch, QuerySet

from annotation.domain.exchange.own import ADJUDICATOR, DECIDED, FORMAT
from annotation.domain.protocol import Conclusions
from annotation.models import Adjudication, Annotation, ModelAnnotator, Queue, QueueMember, Task, TaskResponse
from annotation.queries.desk.cards import standing_judgements
from annotation.queries.desk.conclusions import conclusions_of
from annotation.queries.queues.standing import Given, in_order


def annotation_lines(queue: Queue, *, every_act: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the queue itself, its standing judgements or all acts in their order, then what adjudicators decided."""
    yield _queue_line(queue)
    models = set(ModelAnnotator.objects.for_project(queue.project).values_list("membership", flat=True))
    expertise = dict(QueueMember.objects.filter(queue=queue).values_list("membership", "expertise"))
    acts = Annotation.objects.filter(task__queue=queue)
    if not every_act:
        acts = acts.filter(pk__in=standing_judgements().filter(task__queue=queue).values("pk"))
    for annotation in _in_full(acts.select_related("guideline"), queue):
        is_model = annotation.membership_id in models
        yield _line(
            annotation, kind="model" if is_model else expertise.get(annotation.membership_id, "person")
        )
    for decision in _in_full(Adjudication.objects.filter(task__queue=queue), queue):
        yield _decision_line(decision)


def _in_full(given: QuerySet[Given], queue: Queue) -> Iterator[Given]:
    """Yield judgements or decisions with what a line says of their task."""
    related = given.select_related("task__conversation", "task__pair", "membership")
    return in_order(related.prefetch_related(Prefetch("task__asked", queryset=_asked())), queues=[queue])


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
    is_judged = annotation.act == Annotation.Act.JUDGED
    return {
        **_subject(annotation.task),
        "annotation": str(annotation.uuid),
        "annotator": annotation.membership.pseudonym,
        "annotator_kind": kind,
        "act": annotation.act,
        "round": annotation.round,
        "revision": annotation.revision,
        "answer": annotation.answer,
        "order_shown": annotation.order_shown,
        "way": annotation.way,
        # A skip says nothing of an answer, and neither does what was taken back.
        "means": _meaning(annotation) if is_judged else {},
        "guideline_version": annotation.guideline.version if annotation.guideline else None,
        "active_ms": annotation.active_ms,
        "wall_ms": annotation.wall_ms,
        "created_at": annotation.created_at.isoformat(),
        "is_gold": annotation.task.is_gold,
    }


def _decision_line(decision: Adjudication) -> dict[str, Any]:
    """Return the last word on a task: of a kind of its own, so that nobody counts it among the votes."""
    return {
        **_subject(decision.task),
        "annotation": str(decision.uuid),
        "annotator": decision.membership.pseudonym,
        "annotator_kind": ADJUDICATOR,
        "act": DECIDED,
        "answer": decision.answer,
        "order_shown": decision.order_shown,
        "means": _meaning(decision),
        "note": decision.note,
        "created_at": decision.created_at.isoformat(),
        "is_gold": decision.task.is_gold,
    }


def _subject(task: Task) -> dict[str, Any]:
    """Return what was asked about."""
    return {
        "task": str(task.uuid),
        "subject": task.subject,
        "conversation": str(task.conversation.uuid),
        "source_id": task.conversation.source_id,
        "asked": [
            {"response": str(each.response.uuid), "content_hash": each.response.content_hash}
            for each in task.asked.all()
        ],
    }


def _meaning(given: Annotation | Adjudication) -> Mapping[str, Any]:
    """Return what an answer says of responses by their ids."""
    concluded: Conclusions = conclusions_of(given)
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
