"""How likely a scorer of a project finds it that the first of two answers is the better one."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from scipy.special import expit

from annotation.queries.ranking.compared_models import mined_pairs
from annotation.queries.ranking.stored_preferences import scorer_choices
from curation.models import Project, Score, Scorer

# The name of the miner among scorers: the confidence of the pairs that it mined.
CONFIDENCE = "confidence"
MINER = (CONFIDENCE, _("the miner: the confidence of its pairs"))
READ_AT_ONCE = 5_000

# The ids of two answers.
Sides: TypeAlias = tuple[str, str]


def fair_scorers(project: Project) -> list[tuple[str, Any]]:
    """Return (id, name) of what has values on pairs or answers and was not made of people's own labels."""
    made_of_labels = {
        str(uuid)
        for uuid in Scorer.objects.for_project(project)
        .filter(kind=Scorer.Kind.CONSENSUS)
        .values_list("uuid", flat=True)
    }
    scorers = dict.fromkeys([*scorer_choices(project, target="pair"), *scorer_choices(project)])
    miner = [MINER] if mined_pairs(project).exists() else []
    return [*miner, *(each for each in scorers if each[0] not in made_of_labels)]


def chances_of_first(project: Project, *, scorer: str, pairs: Sequence[Sides]) -> dict[Sides, float]:
    """Return the chance that the first of two answers is better, for the pairs that the scorer knows."""
    wanted = list(dict.fromkeys(pairs))
    if scorer == CONFIDENCE:
        return _of_pairs(
            wanted, rows=mined_pairs(project), fields=("chosen__uuid", "rejected__uuid", "confidence")
        )
    row = Scorer.objects.for_project(project).filter(uuid=scorer).first()
    if row is None:
        return {}
    scores = Score.objects.filter(scorer=row)
    of_pairs = scores.filter(pair__isnull=False)
    if of_pairs.exists():
        fields = ("pair__chosen__uuid", "pair__rejected__uuid", "value")
        return _of_pairs(wanted, rows=of_pairs, fields=fields)
    return _of_answers(wanted, scores=scores)


def _of_pairs(
    wanted: Sequence[Sides], *, rows: QuerySet[Any], fields: tuple[str, str, str]
) -> dict[Sides, float]:
    """Return what values of pairs say, each the chance that the chosen answer is better."""
    found: dict[Sides, float] = {}
    for some in _few_at_once(wanted):
        answers = {side for both in some for side in both}
        known = rows.filter(**{f"{fields[0]}__in": answers, f"{fields[1]}__in": answers})
        for chosen, rejected, value in known.order_by().values_list(*fields):
            if value is not None and 0 <= value <= 1:
                found[str(chosen), str(rejected)] = value
                found[str(rejected), str(chosen)] = 1 - value
    return {pair: found[pair] for pair in wanted if pair in found}


def _of_answers(wanted: Sequence[Sides], *, scores: QuerySet[Score]) -> dict[Sides, float]:
    """Return σ(score of the one − score of the other)."""
    return {
        pair: float(expit(values[pair[0]] - values[pair[1]]))
        for some, values in _read(wanted, scores=scores)
        for pair in some
        if pair[0] in values and pair[1] in values
    }


def _read(
    wanted: Sequence[Sides], *, scores: QuerySet[Score]
) -> Iterator[tuple[Sequence[Sides], dict[str, float]]]:
    for some in _few_at_once(wanted):
        answers = {side for both in some for side in both}
        rows = scores.filter(response__uuid__in=answers).values_list("response__uuid", "value")
        yield some, {str(answer): value for answer, value in rows}


def _few_at_once(wanted: Sequence[Sides]) -> Iterator[Sequence[Sides]]:
    for start in range(0, len(wanted), READ_AT_ONCE):
        yield wanted[start : start + READ_AT_ONCE]
