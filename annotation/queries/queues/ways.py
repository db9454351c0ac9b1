"""In which ways a queue asks, in words, and how often each was drawn."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from annotation.domain.queues.ways import USUAL, ways_in
from annotation.models import Annotation, Queue
from annotation.queries.queues.standing import judgements_in

# Each dimension, and what its usual level is.
DIMENSIONS = {
    "scale": (_("scale"), "1..7"),
    "anchors": (_("words on the scale"), _("the usual words")),
    "wording": (_("wording of the question"), _("the usual question")),
    "neutral": (_("neutral option"), _("offered")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnLevel:
    """A level of a dimension in words, and the standing judgements that were given under it."""

    words: str
    judged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnDimension:
    """What a queue varies: its levels, and how many tasks were judged under all of them."""

    name: str
    words: str
    levels: Sequence[DrawnLevel]
    compared: int


def dimension_in_words(name: str) -> str:
    """Return what people call a dimension."""
    return str(DIMENSIONS[name][0]) if name in DIMENSIONS else name


def level_in_words(name: str, level: str) -> str:
    """Return a level as people read it; of the usual one, what it is."""
    return str(DIMENSIONS[name][1]) if level == USUAL and name in DIMENSIONS else level


def drawn_dimensions(queue: Queue) -> list[DrawnDimension]:
    """Return what a queue varies, with a query for each; nothing where it asks in one way."""
    return [_drawn(queue, name, levels) for name, levels in ways_in(queue.settings).items()]


def _drawn(queue: Queue, name: str, levels: Sequence[str]) -> DrawnDimension:
    by_task: dict[int, Counter[str]] = {}
    for task, level, judged in _counts(queue, name):
        by_task.setdefault(task, Counter())[level] += judged
    return DrawnDimension(
        name=name,
        words=dimension_in_words(name),
        levels=[
            DrawnLevel(
                words=level_in_words(name, level), judged=sum(each[level] for each in by_task.values())
            )
            for level in levels
        ],
        compared=sum(all(each[level] for level in levels) for each in by_task.values()),
    )


def _counts(queue: Queue, name: str) -> QuerySet[Annotation, tuple[int, str, int]]:
    level = f"way__{name}"
    standing = judgements_in(queue).filter(way__has_key=name)
    return standing.order_by().values_list("task_id", level).annotate(judged=Count("id"))
