"""What a stored judgement means."""

from annotation.domain.protocol import Asked, Conclusions
from annotation.models import Adjudication, Annotation
from annotation.protocols import load_protocol


def conclusions_of(annotation: Annotation | Adjudication) -> Conclusions:
    """Return what a stored judgement or decision means, by its queue's protocol."""
    return load_protocol(annotation.task.queue.protocol).conclude(annotation.answer, _asked(annotation))


def form_of_answer(annotation: Annotation) -> dict[str, list[str]]:
    """Return the form by which a stored judgement would be given again."""
    return load_protocol(annotation.task.queue.protocol).form_of(annotation.answer, _asked(annotation))


def _asked(annotation: Annotation | Adjudication) -> Asked:
    return Asked(shown=tuple(annotation.order_shown), settings=annotation.task.queue.settings)
