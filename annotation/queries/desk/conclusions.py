"""What a stored judgement means."""

from annotation.domain.protocol import Asked, Conclusions
from annotation.domain.queues.ways import Way, asked_so
from annotation.models import Adjudication, Annotation
from annotation.protocols import load_protocol


def conclusions_of(annotation: Annotation | Adjudication) -> Conclusions:
    """Return what a stored judgement or decision means, by its queue's protocol."""
    return load_protocol(annotation.task.queue.protocol).conclude(annotation.answer, asked_by(annotation))


def form_of_answer(annotation: Annotation) -> dict[str, list[str]]:
    """Return the form by which a stored judgement would be given again."""
    return load_protocol(annotation.task.queue.protocol).form_of(annotation.answer, asked_by(annotation))


def asked_by(annotation: Annotation | Adjudication) -> Asked:
    """Return what a judgement or a decision answered."""
    settings = asked_so(annotation.task.queue.settings, way_of(annotation))
    return Asked(shown=tuple(annotation.order_shown), settings=settings)


def way_of(annotation: Annotation | Adjudication) -> Way:
    """Return the way of asking that was drawn; who has the last word is asked in the usual one."""
    way: Way = annotation.way if isinstance(annotation, Annotation) else {}
    return way
