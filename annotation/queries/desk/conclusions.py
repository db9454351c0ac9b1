"""What a stored judgement means."""

from annotation.domain.protocol import Asked, Conclusions
from annotation.models import Annotation
from annotation.protocols import load_protocol


def conclusions_of(annotation: Annotation) -> Conclusions:
    """Return what a stored judgement means, by its queue's protocol."""
    queue = annotation.task.queue
    asked = Asked(shown=tuple(annotation.order_shown), settings=queue.settings)
    return load_protocol(queue.protocol).conclude(annotation.answer, asked)
