"""How far the judgements of queues hang on how the question was put, as far as each judgement records it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotation.domain.figures import Undefined
from annotation.domain.protocol import Preference, Rating
from annotation.domain.robustness.decomposition import decompose
from annotation.domain.robustness.effects import contrasts, presentation_effects
from annotation.domain.robustness.presentations import Presented, presentations_of, rescaled
from annotation.models import Annotation, Queue
from annotation.queries.desk.cards import standing_judgements
from annotation.queries.desk.conclusions import conclusions_of
from annotation.queries.figures.computing import Question, Reporting
from curation.domain.versions.intervals import wilson_interval
from curation.models import Project, Response

# Judgements that are counted while somebody waits.
AT_ONCE = 1_500
CHUNK = 1_000
SIDES = 2
# The scale of protocols whose settings name none.
USUAL_SCALE = (1.0, 7.0)
# Of a choice: what speaks for the first of the two.
_SHARES = {"a": 1.0, "b": 0.0, "tie": 0.5, "both_bad": 0.5}


@dataclass(slots=True)
class _Habit:
    """How often, of choices of one of two answers, the one that stood first was taken."""

    first: int = 0
    chosen: int = 0

    def note(self, preference: Preference, order: Sequence[str]) -> None:
        """Count a choice; ties and pairs of longer lists say nothing of it."""
        if len(order) == SIDES and preference.outcome in ("a", "b"):
            winner = preference.first if preference.outcome == "a" else preference.second
            self.chosen += 1
            self.first += winner == order[0]

    def as_json(self) -> dict[str, Any]:
        """Return the counts, and the share with its interval."""
        interval = wilson_interval(self.first, self.chosen)
        return {
            "first": self.first,
            "chosen": self.chosen,
            "share": self.first / self.chosen if self.chosen else None,
            "interval": list(interval) if interval else None,
        }


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of the queues: preferences and ratings apart, since they have no common scale."""

    preferences: list[Presented] = field(default_factory=list)
    ratings: list[Presented] = field(default_factory=list)
    habit: _Habit = field(default_factory=_Habit)


def size(project: Project, question: Question) -> int:
    """Return how many judgements would be read."""
    judged = Annotation.objects.filter(task__queue__in=_queues(project, question), act=Annotation.Act.JUDGED)
    return judged.order_by()[: AT_ONCE + 1].count()


def compute(project: Project, question: Question, *, report: Reporting) -> dict[str, Any]:
    """Return how far order, guideline or queue move the answers, for preferences and for ratings."""
    queues = _queues(project, question)
    by = question.get("by") or ["order"]
    read = _Read()
    for at, annotation in enumerate(_judged(queues)):
        if at % CHUNK == 0:
            report(at, None)
        _take(annotation, into=read, by=by)
    return {
        "queues": [queue.name for queue in queues],
        "by": list(by),
        "habit": read.habit.as_json(),
        "preferences": _effects(read.preferences),
        "ratings": _effects(_with_models(project, read.ratings)),
    }


def _queues(project: Project, question: Question) -> list[Queue]:
    queues = Queue.objects.for_project(project).order_by("-id")
    if question.get("queues"):
        return list(queues.filter(uuid__in=question["queues"]))
    return list(queues[:1])


def _judged(queues: Sequence[Queue]) -> Iterator[Annotation]:
    of_id = {queue.pk: queue for queue in queues}
    standing = standing_judgements().filter(task__queue__in=queues, task__is_gold=False)
    for annotation in standing.select_related("task", "guideline").order_by("id").iterator(chunk_size=CHUNK):
        annotation.task.queue = of_id[annotation.task.queue_id]
        yield annotation


def _take(annotation: Annotation, *, into: _Read, by: Sequence[str]) -> None:
    concluded = conclusions_of(annotation)
    for preference in concluded.preferences:
        into.habit.note(preference, annotation.order_shown)
        into.preferences.append(_preference(annotation, preference, by=by))
    for rating in concluded.ratings:
        low, high = _scale(annotation.task.queue, rating.attribute)
        if low <= rating.value <= high:
            into.ratings.append(_rating(annotation, rating, by=by, ends=(low, high)))


def _preference(annotation: Annotation, preference: Preference, *, by: Sequence[str]) -> Presented:
    one, other = sorted((preference.first, preference.second))
    share = _SHARES[preference.outcome]
    return Presented(
        item=f"{one} {other}",
        value=share if preference.first == one else 1 - share,
        settings=_settings(annotation, first=one, by=by),
    )


def _rating(
    annotation: Annotation, rating: Rating, *, by: Sequence[str], ends: tuple[float, float]
) -> Presented:
    return Presented(
        item=f"{rating.response} {rating.attribute}",
        value=rescaled(rating.value, low=ends[0], high=ends[1]),
        settings=_settings(annotation, first=rating.response, by=by),
        system=rating.response,
    )


def _settings(annotation: Annotation, *, first: str, by: Sequence[str]) -> Mapping[str, str]:
    """Return how the question was put, as far as it is asked about."""
    shown = annotation.order_shown
    known = {
        "order": f"place {shown.index(first) + 1}" if first in shown else "not recorded",
        "guideline": f"version {annotation.guideline.version}" if annotation.guideline else "none",
        "queue": annotation.task.queue.name,
    }
    return {name: known[name] for name in by}


def _scale(queue: Queue, attribute: str) -> tuple[float, float]:
    for kept in (*queue.settings.get("scales", ()), *queue.settings.get("attributes", ())):
        if isinstance(kept, Mapping) and kept.get("name") == attribute:
            return float(kept["low"]), float(kept["high"])
    return USUAL_SCALE


def _with_models(project: Project, ratings: Sequence[Presented]) -> list[Presented]:
    """Return ratings with the answer's model as what is compared; "" where it is not known."""
    uuids = {each.system for each in ratings}
    rows = Response.objects.for_project(project).filter(uuid__in=uuids)
    names = {str(uuid): name or "" for uuid, name in rows.values_list("uuid", "model_version__name")}
    return [
        Presented(item=each.item, value=each.value, settings=each.settings, system=names.get(each.system, ""))
        for each in ratings
    ]


def _effects(judged: Sequence[Presented]) -> dict[str, Any] | None:
    if not judged:
        return None
    table = presentations_of(judged)
    effects = presentation_effects(table)
    found = decompose(table.values)
    return {
        **({"undefined": found.reason} if isinstance(found, Undefined) else found.as_json()),
        "presentation": {effect.dimension: effect.as_json() for effect in effects},
        "contrasts": [each.as_json() for each in contrasts(table, effects=effects)],
        "judged": len(judged),
        "complete": len(table.values),
        "incomplete": table.left_out,
    }
