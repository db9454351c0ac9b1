"""A judge's scores of single answers, and people's ratings of the same answers, on the judge's scale."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from statistics import fmean

from django.db.models.functions import Coalesce, Length

from annotation.domain.judges.ratings import RatedAnswer
from annotation.domain.protocols.drawn_scales import DrawnScale
from annotation.protocols.rating import COMMON, RATING
from annotation.queries.desk.cards import standing_judgements
from annotation.queries.desk.conclusions import conclusions_of
from curation.models import Judgement, JudgeRun, Response
from language_models.judges import JUDGES


def rated_answers(run: JudgeRun) -> list[RatedAnswer]:
    """Return the answers of a run that the judge scored and people rated; none where it gives no scores."""
    scale = scale_of(run)
    if scale is None:
        return []
    scored = scores_of(run)
    rated = _people_rated(run, list(scored))
    length = Length(Coalesce("message__text", "body_text"))
    rows = Response.objects.filter(pk__in=list(rated)).annotate(characters=length).order_by("id")
    return [
        RatedAnswer(
            prompt=str(prompt),
            system=model or f"({origin})",
            human=COMMON.on(scale, rated[key]),
            judge=scored[key],
            length=characters or 0,
        )
        for key, prompt, model, origin, characters in rows.values_list(
            "pk", "prompt", "model_version__name", "origin", "characters"
        )
    ]


def scale_of(run: JudgeRun) -> DrawnScale | None:
    """Return the scale on which a run's judge scores single answers; None where it compares alone."""
    found = JUDGES.load(run.judge).scale if run.judge in JUDGES else None
    return None if found is None else DrawnScale(worst=found[0], best=found[1])


def scores_of(run: JudgeRun) -> dict[int, float]:
    """Return the mean of what a run's judge scored each answer, by the answer's id."""
    given: dict[int, list[float]] = defaultdict(list)
    for response, score in _scores(run):
        given[response].append(score)
    return {response: fmean(scores) for response, scores in given.items()}


def _scores(run: JudgeRun) -> Iterator[tuple[int, float]]:
    rows = Judgement.objects.filter(
        pair__run=run, pair__prompt__conversation__withdrawn_at__isnull=True
    ).exclude(scores={})
    fields = ("scores", "pair__response_a", "pair__response_b")
    for scores, *sides in rows.order_by("id").values_list(*fields).iterator():
        named: Mapping[str, float] = scores
        yield from (
            (side, named[name]) for name, side in zip(("a", "b"), sides, strict=True) if name in named
        )


def _people_rated(run: JudgeRun, responses: Collection[int]) -> dict[int, float]:
    """Return the mean rating of each of these answers by people, on the scale that every rating is read on."""
    known = dict(Response.objects.filter(pk__in=responses).values_list("uuid", "pk"))
    names = {str(uuid): key for uuid, key in known.items()}
    rows = standing_judgements().filter(
        task__queue__project=run.project,
        task__queue__protocol=RATING.name,
        task__is_gold=False,
        task__asked__response__in=responses,
    )
    given: dict[int, list[float]] = defaultdict(list)
    for annotation in rows.select_related("task__queue").distinct():
        for each in conclusions_of(annotation).ratings:
            if each.response in names:
                given[names[each.response]].append(each.value)
    return {response: fmean(values) for response, values in given.items()}
