"""Whether the scores of answers tell the same story as the orders that those answers stand in."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce, Length

from annotation.domain.protocol_comparison.paired_protocols import FIRST, SECOND, TIE, PairedProtocols
from annotation.domain.protocol_comparison.report import compare_protocols
from annotation.queries.figures.computing import Question, Reporting
from curation.models import Project, RankedResponse, Score, Scorer
from curation.queries.corpus.preferences import standing_lists

# Places in lists that a page reads while somebody waits.
AT_ONCE = 3_000
MOST_PLACES = 100_000
# Where several scores are there, that of the whole answer is meant.
USUAL = ("quality", "overall", "helpfulness")


class Placed(NamedTuple):
    """An answer's place in a list, its score, its length in characters, and the model that wrote it."""

    rank: int
    score: float
    characters: int
    model: str


def size(project: Project, question: Question) -> int:
    """Return how many places would be read."""
    places = RankedResponse.objects.filter(ranked_list__in=standing_lists(project))
    return places.values("pk")[: AT_ONCE + 1].count()


def compute(project: Project, question: Question, *, report: Reporting) -> dict[str, Any]:
    """Return `protocols`: scores against ranks, or None where no ranked answers have a score."""
    scorers = scorers_of_answers(project)
    names = [str(scorer) for scorer in scorers]
    scorer = chosen_scorer(scorers, wanted=question.get("rating", ""))
    if scorer is None:
        return {"protocols": None, "ratings": names, "rating": ""}
    lists = _lists(project, scorer)
    report(0, len(lists))
    pairs = paired_places(lists)
    found = compare_protocols(pairs) if len(pairs) else None
    report(len(lists), len(lists))
    return {"protocols": found, "ratings": names, "rating": str(scorer), "lists": len(lists)}


def scorers_of_answers(project: Project) -> list[Scorer]:
    """Return the scorers of a project that scored answers, by name."""
    scored = Score.objects.filter(scorer=OuterRef("pk"), response__isnull=False)
    scorers: QuerySet[Scorer] = Scorer.objects.for_project(project).filter(Exists(scored))
    return list(scorers.order_by("name", "version"))


def chosen_scorer(scorers: Sequence[Scorer], *, wanted: str) -> Scorer | None:
    """Return the scorer of this name, or one that scores answers as a whole; None where there is none."""
    named = {str(scorer): scorer for scorer in scorers}
    if wanted in named:
        return named[wanted]
    usual = (each for word in USUAL for each in scorers if word in each.name.casefold())
    return next(usual, next(iter(scorers), None))


def _lists(project: Project, scorer: Scorer) -> list[list[Placed]]:
    """Return the scored answers of every list with two or more of them; the database counts characters."""
    scores = dict(
        Score.objects.filter(scorer=scorer, response__isnull=False).values_list("response", "value")
    )
    rows = RankedResponse.objects.filter(ranked_list__in=standing_lists(project)).order_by(
        "ranked_list", "id"
    )
    length = Length(Coalesce("response__message__text", "response__body_text"))
    fields = ("ranked_list", "response", "rank", "characters", "response__model_version__name")
    found: dict[int, list[Placed]] = defaultdict(list)
    for ranked, response, rank, characters, model in (
        rows.annotate(characters=length).values_list(*fields)[:MOST_PLACES].iterator()
    ):
        if response in scores:
            found[ranked].append(Placed(rank, scores[response], characters or 0, model or ""))
    return [placed for placed in found.values() if len(placed) > 1]


def paired_places(lists: Sequence[Sequence[Placed]]) -> PairedProtocols:
    """Return every two answers of a list as a pair that was scored and ordered, clustered by list."""
    pairs = list(_pairs(lists))
    models = [(one.model, other.model) for _number, one, other in pairs]
    return PairedProtocols(
        ratings=np.array([(one.score, other.score) for _, one, other in pairs], dtype=float).reshape(-1, 2),
        chosen=np.array([_chosen(one, other) for _, one, other in pairs], dtype=np.intp),
        cluster=np.array([number for number, _one, _other in pairs], dtype=np.intp),
        clustered_by="prompt",
        traits=_traits(pairs),
        models=models if all(one and other for one, other in models) else (),
    )


def _pairs(lists: Sequence[Sequence[Placed]]) -> Iterator[tuple[int, Placed, Placed]]:
    for number, placed in enumerate(lists):
        for one, other in combinations(placed, 2):
            yield number, one, other


def _traits(pairs: Sequence[tuple[int, Placed, Placed]]) -> Mapping[str, Any]:
    lengths = [(one.characters, other.characters) for _number, one, other in pairs]
    return {"characters": np.array(lengths, dtype=float).reshape(-1, 2)}


def _chosen(one: Placed, other: Placed) -> int:
    """Return which of two answers stands higher in the order; lower ranks are better."""
    if one.rank == other.rank:
        return TIE
    return FIRST if one.rank < other.rank else SECOND
