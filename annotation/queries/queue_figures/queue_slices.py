"""The parts of a queue's judgements that have figures of their own: by language, by topic, by model."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from django.db.models import F, OuterRef, Subquery
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from annotation.domain.consensus.judgements import Judgements
from annotation.models import Queue, TaskResponse
from annotation.queries.queue_figures.queue_judgements import touched_tasks
from curation.models import MessageTopic

LANGUAGE, TOPIC, MODEL = "language", "topic", "model"
SLICES = [(LANGUAGE, _("language")), (TOPIC, _("topic")), (MODEL, _("model"))]
# Of more parts, each has too little to say.
MOST_SLICES = 8
# A part of fewer subjects gives a figure that nobody should read, and an interval that is too narrow.
FEWEST = 8
_TOPICS = MessageTopic.objects.filter(message=OuterRef("response__prompt__last_message"))
# The part that an answer is of, as far as it is known.
_PART: Mapping[str, Combinable] = {
    LANGUAGE: F("response__prompt__conversation__language"),
    TOPIC: Subquery(_TOPICS.values("topic__name")[:1]),
    MODEL: F("response__model_version__name"),
}


def slices_of(queue: Queue, judgements: Judgements, *, by: str) -> dict[str, Judgements]:
    """Return the judgements of each part with enough subjects, the largest first; by their task or answer.

    A task whose answers are of several models is in no model's part.
    """
    part_of = _parts(queue, by=by)
    rows = defaultdict(list)
    for row in judgements.rows:
        if part := part_of.get(row.item):
            rows[part].append(row)
    subjects = {part: len({row.item for row in own}) for part, own in rows.items()}
    sizes = Counter({part: count for part, count in subjects.items() if count >= FEWEST})
    return {part: Judgements(rows[part]) for part, _size in sizes.most_common(MOST_SLICES)}


def _parts(queue: Queue, *, by: str) -> Mapping[str, str]:
    """Return the part of every answer, and of every task whose answers are all of one part."""
    rows = TaskResponse.objects.filter(task__in=touched_tasks(queue)).order_by()
    found: dict[str, set[str]] = defaultdict(set)
    fields = ("task__uuid", "response__uuid", "part")
    for task, response, part in rows.annotate(part=_PART[by]).values_list(*fields).iterator():
        found[str(task)].add(part or "")
        found[str(response)].add(part or "")
    return {name: next(iter(parts)) for name, parts in found.items() if len(parts) == 1}
