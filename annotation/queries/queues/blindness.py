"""How blind a queue is: whether its people lean to what stands first or is longer, and what gives models away."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db.models.functions import Coalesce, Length

from annotation.domain.blindness.habits import Habits, Preferred, habits_in
from annotation.domain.blindness.leak_words import leak_words
from annotation.domain.protocol import Preference
from annotation.models import Annotation, Queue, TaskResponse
from annotation.queries.desk.cards import standing_judgements
from annotation.queries.desk.conclusions import conclusions_of
from annotation.queries.desk.model_names import model_names_of

# The newest so many judgements say how people judge now.
MOST_JUDGEMENTS = 5_000
# So many answers are read for names; a page must not wait for a whole corpus.
MOST_ANSWERS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Blindness:
    """What a queue's page says of blindness; `leaking` of the `read` answers name a model."""

    habits: Habits
    leaking: int
    read: int


def blindness_of(queue: Queue) -> Blindness:
    """Return the report; five queries."""
    leaking, read = _leaks_in(queue)
    return Blindness(habits=habits_in(list(preferred_in(queue))), leaking=leaking, read=read)


def preferred_in(queue: Queue) -> Iterator[Preferred]:
    """Yield every decided preference of the queue's newest standing judgements."""
    judgements = standing_judgements().filter(task__queue=queue).select_related("task").order_by("-id")
    lengths = _lengths_in(queue)
    for annotation in judgements[:MOST_JUDGEMENTS]:
        annotation.task.queue = queue
        yield from _preferred_of(annotation, lengths)


def _preferred_of(annotation: Annotation, lengths: Mapping[str, int]) -> Iterator[Preferred]:
    shown = annotation.order_shown
    if not shown:  # imported, and nobody wrote down what stood first
        return
    for better, worse in _decided(conclusions_of(annotation).preferences):
        difference = lengths.get(better, 0) - lengths.get(worse, 0)
        yield Preferred(
            judgement=str(annotation.pk),
            was_first=shown.index(better) < shown.index(worse),
            was_longer=None if difference == 0 else difference > 0,
        )


def _decided(preferences: Iterable[Preference]) -> Iterator[tuple[str, str]]:
    for each in preferences:
        if each.outcome in ("a", "b"):
            yield (each.first, each.second) if each.outcome == "a" else (each.second, each.first)


def _lengths_in(queue: Queue) -> dict[str, int]:
    asked = TaskResponse.objects.filter(task__queue=queue)
    length = Coalesce(Length("response__message__text"), Length("response__body_text"))
    return {str(uuid): count for uuid, count in asked.values_list("response__uuid", length).distinct()}


def _leaks_in(queue: Queue) -> tuple[int, int]:
    """Return how many of the queue's newest answers name a model, and how many were read."""
    names = model_names_of(queue.project_id)
    asked = TaskResponse.objects.filter(task__queue=queue).order_by("-id")
    rows = asked.values_list("response__message__text", "response__body_text")[:MOST_ANSWERS]
    found = [bool(leak_words(logged or body, model_names=names)) for logged, body in rows]
    return sum(found), len(found)
