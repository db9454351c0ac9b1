"""How far the judgements of queues hang on how the question was put, as far as each judgement records it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from annotation.domain.figures import Undefined
from annotation.domain.protocol import Preference, Rating
from annotation.domain.queues.ways import USUAL
from annotation.domain.robustness.decomposition import decompose
from annotation.domain.robustness.effects import RATED, contrasts, presentation_effects
from annotation.domain.robustness.presentations import Presentations, Presented, presentations_of, rescaled
from annotation.models import Annotation, Queue
from annotation.queries.desk.conclusions import conclusions_of
from annotation.queries.figures.computing import Question, Reporting
from annotation.queries.queues.standing import CHUNK, in_order, judgements_in
from annotation.queries.queues.ways import DIMENSIONS
from curation.domain.versions.intervals import wilson_interval
from curation.models import Project, Response

# Judgements that are counted while somebody waits.
AT_ONCE = 1_500
SIDES = 2
# The scale of protocols whose settings name none.
USUAL_SCALE = (1.0, 7.0)
# Of a choice: what speaks for the first of the two.
_SHARES = {"a": 1.0, "b": 0.0, "tie": 0.5, "both_bad": 0.5}
_NEUTRAL = ("tie", "both_bad")
# How the two sides of a preference are judged: from each one's point of view.
_Sides = tuple[Presented, Presented]


class _Answer(NamedTuple):
    """Which model wrote an answer, "" where that is not known, and to which prompt."""

    model: str
    prompt: int


@dataclass(slots=True)
class _Share:
    """How often something was done, of how often it could be."""

    done: int = 0
    asked: int = 0

    def note(self, is_done: bool) -> None:
        """Count one more."""
        self.asked += 1
        self.done += is_done

    def as_json(self, done: str, asked: str) -> dict[str, Any]:
        """Return the counts by these names, and the share with its interval."""
        interval = wilson_interval(self.done, self.asked)
        return {
            done: self.done,
            asked: self.asked,
            "share": self.done / self.asked if self.asked else None,
            "interval": list(interval) if interval else None,
        }


@dataclass(slots=True)
class _Read:
    """What was read of the queues: choices and ratings apart, since they have no common scale.

    `habit`: of choices of one of two answers, those of the one that stood first; `neutral`: of choices with a neutral
    option, those that took it; `unrecorded`: judgements that do not say how their question was put.
    """

    choices: list[_Sides] = field(default_factory=list)
    ratings: list[Presented] = field(default_factory=list)
    habit: _Share = field(default_factory=_Share)
    neutral: _Share = field(default_factory=_Share)
    unrecorded: int = 0


def size(project: Project, question: Question) -> int:
    """Return how many judgements would be read."""
    judged = Annotation.objects.filter(task__queue__in=_queues(project, question), act=Annotation.Act.JUDGED)
    return judged.order_by()[: AT_ONCE + 1].count()


def compute(project: Project, question: Question, *, report: Reporting) -> dict[str, Any]:
    """Return how far order, guideline, queue or what was drawn move the answers, for preferences and for ratings."""
    queues = _queues(project, question)
    by = question.get("by") or ["order"]
    read = _Read()
    judged = judgements_in(*queues).select_related("guideline")
    for at, annotation in enumerate(in_order(judged, queues=queues)):
        if at % CHUNK == 0:
            report(at, None)
        _take(annotation, into=read, by=by)
    answers = _answers(project, read)
    choices = [_one_side(sides, answers) for sides in read.choices]
    return {
        "queues": [queue.name for queue in queues],
        "by": list(by),
        "habit": read.habit.as_json("first", "chosen"),
        "neutral": read.neutral.as_json("used", "offered"),
        "unrecorded": read.unrecorded,
        "preferences": _effects(choices, _choices_by_model(read.choices, answers), act="is preferred to"),
        "ratings": _effects(read.ratings, _ratings_by_model(read.ratings, answers)),
    }


def _queues(project: Project, question: Question) -> list[Queue]:
    queues = Queue.objects.for_project(project).order_by("-id")
    if question.get("queues"):
        return list(queues.filter(uuid__in=question["queues"]))
    return list(queues[:1])


def _take(annotation: Annotation, *, into: _Read, by: Sequence[str]) -> None:
    concluded = conclusions_of(annotation)
    for preference in concluded.preferences:
        _note_habits(annotation, preference, into=into)
    if "order" in by and not annotation.order_shown:
        into.unrecorded += 1
        return
    into.choices += [_sides(annotation, preference, by=by) for preference in concluded.preferences]
    for rating in concluded.ratings:
        low, high = _scale(annotation.task.queue, rating.attribute)
        if low <= rating.value <= high:
            into.ratings.append(_rating(annotation, rating, by=by, ends=(low, high)))


def _note_habits(annotation: Annotation, preference: Preference, *, into: _Read) -> None:
    """Count whether the first was taken; ties and pairs of longer lists say nothing of it."""
    order = annotation.order_shown
    if len(order) == SIDES and preference.outcome in ("a", "b"):
        winner = preference.first if preference.outcome == "a" else preference.second
        into.habit.note(winner == order[0])
    if annotation.way.get("neutral", USUAL) == USUAL:
        into.neutral.note(preference.outcome in _NEUTRAL)


def _sides(annotation: Annotation, preference: Preference, *, by: Sequence[str]) -> _Sides:
    one, other = sorted((preference.first, preference.second))
    share = _SHARES[preference.outcome]
    if preference.first != one:
        share = 1 - share
    return (
        _side(annotation, (one, other), share, by=by),
        _side(annotation, (other, one), 1 - share, by=by),
    )


def _side(annotation: Annotation, sides: tuple[str, str], share: float, *, by: Sequence[str]) -> Presented:
    """Return a preference from the point of view of the first of these sides."""
    settings = _settings(annotation, first=sides[0], by=by)
    return Presented(item=" ".join(sorted(sides)), value=share, settings=settings, system=sides[0])


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
        **{name: annotation.way.get(name, USUAL) for name in DIMENSIONS},
    }
    return {name: known[name] for name in by}


def _scale(queue: Queue, attribute: str) -> tuple[float, float]:
    for kept in (*queue.settings.get("scales", ()), *queue.settings.get("attributes", ())):
        if isinstance(kept, Mapping) and kept.get("name") == attribute:
            return float(kept["low"]), float(kept["high"])
    return USUAL_SCALE


def _answers(project: Project, read: _Read) -> dict[str, _Answer]:
    """Return what is known of every answer that was judged, by its id."""
    uuids = {side.system for sides in read.choices for side in sides} | {each.system for each in read.ratings}
    rows = Response.objects.for_project(project).filter(uuid__in=uuids)
    known = rows.values_list("uuid", "model_version__name", "prompt_id")
    found = {str(uuid): _Answer(model or "", prompt) for uuid, model, prompt in known}
    return dict.fromkeys(uuids, _Answer("", 0)) | found


def _one_side(sides: _Sides, answers: Mapping[str, _Answer]) -> Presented:
    """Return a preference from the same point of view each time: the model's whose name comes first, or else any."""
    side = min(sides, key=lambda each: (answers[each.system].model, each.system))
    return replace(side, system="")


def _choices_by_model(choices: Sequence[_Sides], answers: Mapping[str, _Answer]) -> list[Presented]:
    """Return both points of view of every preference between two models that are known, by prompt."""
    found = []
    for sides in choices:
        models = sorted({answers[side.system].model for side in sides})
        if len(models) == SIDES and all(models):
            item = f"{answers[sides[0].system].prompt} {models}"
            found += [replace(side, item=item, system=answers[side.system].model) for side in sides]
    return found


def _ratings_by_model(ratings: Sequence[Presented], answers: Mapping[str, _Answer]) -> list[Presented]:
    """Return the ratings of answers of models that are known, by prompt: there two models can be compared."""
    return [
        replace(each, item=each.item.replace(each.system, str(answer.prompt)), system=answer.model)
        for each in ratings
        if (answer := answers[each.system]).model
    ]


def _effects(
    judged: Sequence[Presented], by_model: Sequence[Presented], *, act: str = RATED
) -> dict[str, Any] | None:
    """Return each dimension's effect over what was judged at all its levels, and where judgements vary."""
    if not judged:
        return None
    dimensions = sorted(judged[0].settings)
    tables = {name: presentations_of([_only(each, [name]) for each in judged]) for name in dimensions}
    effects = sorted(
        (effect for table in tables.values() for effect in presentation_effects(table)),
        key=lambda effect: -effect.spread,
    )
    together, table = _table_of_all(judged, tables)
    found = decompose(table.values)
    by_presentation = presentations_of([_only(each, together) for each in by_model])
    return {
        **({"undefined": found.reason} if isinstance(found, Undefined) else found.as_json()),
        "presentation": {
            effect.dimension: {**effect.as_json(), "items": len(tables[effect.dimension].values)}
            for effect in effects
        },
        "contrasts": [each.as_json() for each in contrasts(by_presentation, effects=effects, act=act)],
        "judged": len(judged),
        "together": together,
        "complete": len(table.values),
        "incomplete": table.left_out,
    }


def _only(each: Presented, dimensions: Sequence[str]) -> Presented:
    return replace(each, settings={name: each.settings[name] for name in dimensions})


def _table_of_all(
    judged: Sequence[Presented], tables: Mapping[str, Presentations]
) -> tuple[list[str], Presentations]:
    """Return the table of all dimensions together, or of the one that most was judged under, with their names.

    Few items are judged in every combination of several dimensions; without two of them nothing can be said of all.
    """
    together = presentations_of(judged)
    if len(tables) == 1 or len(together.values) > 1:
        return list(together.dimensions), together
    name = max(tables, key=lambda name: (len(tables[name].level_names[0]) > 1, len(tables[name].values)))
    return [name], tables[name]
