"""Whether the scores of answers tell the same story as the orders that those answers stand in."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, groupby
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce, Length

from annotation.domain.protocol_comparison.paired_protocols import FIRST, SECOND, TIE, PairedProtocols
from annotation.domain.protocol_comparison.report import compare_protocols
from annotation.queries.figures.computing import Question, Reporting
from curation.models import Comparison, Project, RankedResponse, Score, Scorer
from curation.queries.corpus.preferences import source_comparisons, standing_lists

# Places in lists, and verdicts on two answers, that a page reads while somebody waits.
AT_ONCE = 3_000
MOST_ROWS = 100_000
# Where several scores are there, that of the whole answer is meant.
USUAL = ("quality", "overall", "helpfulness")
OUTCOMES = {"a": FIRST, "b": SECOND, "tie": TIE, "both_bad": TIE}


class Ordered(NamedTuple):
    """Two answers to one prompt by their ids, and which of them stands higher."""

    prompt: int
    one: int
    other: int
    chosen: int


class Scored(NamedTuple):
    """An answer's score, its length in characters, and the model that wrote it."""

    score: float
    characters: int
    model: str


def size(project: Project, question: Question) -> int:
    """Return about how many places and verdicts would be read: archived ones count too, for that takes no join."""
    places = RankedResponse.objects.for_project(project)
    verdicts = Comparison.objects.for_project(project).filter(pair__isnull=True)
    return sum(rows.values("pk")[: AT_ONCE + 1].count() for rows in (places, verdicts))


def compute(project: Project, question: Question, *, report: Reporting) -> dict[str, Any]:
    """Return `protocols`: scores against ranks, or None where no ranked answers have a score."""
    scorers = scorers_of_answers(project)
    names = [str(scorer) for scorer in scorers]
    scorer = chosen_scorer(scorers, wanted=question.get("rating", ""))
    if scorer is None:
        return {"protocols": None, "ratings": names, "rating": ""}
    scored = _scored(scorer)
    ordered = [
        each
        for each in (*_in_lists(project), *_compared(project))
        if each.one in scored and each.other in scored
    ]
    report(0, len(ordered))
    found = compare_protocols(paired(ordered, scored=scored)) if ordered else None
    report(len(ordered), len(ordered))
    return {"protocols": found, "ratings": names, "rating": str(scorer)}


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


def _scored(scorer: Scorer) -> dict[int, Scored]:
    """Return what a scorer scored, by the answer's id; the database counts the characters."""
    length = Length(Coalesce("response__message__text", "response__body_text"))
    rows = Score.objects.filter(scorer=scorer, response__isnull=False).annotate(characters=length)
    fields = ("response", "value", "characters", "response__model_version__name")
    return {
        response: Scored(value, characters or 0, model or "")
        for response, value, characters, model in rows.values_list(*fields)[:MOST_ROWS]
    }


def _in_lists(project: Project) -> Iterator[Ordered]:
    """Yield every two answers of a list; lower ranks are better."""
    rows = RankedResponse.objects.filter(ranked_list__in=standing_lists(project))
    places = rows.order_by("ranked_list", "id").values_list(
        "ranked_list", "ranked_list__prompt", "response", "rank"
    )
    for _list, placed in groupby(places[:MOST_ROWS].iterator(), key=itemgetter(0)):
        for (_, prompt, one, rank), (_, _, other, other_rank) in combinations(placed, 2):
            chosen = TIE if rank == other_rank else FIRST if rank < other_rank else SECOND
            yield Ordered(prompt, one, other, chosen)


def _compared(project: Project) -> Iterator[Ordered]:
    """Yield the verdicts on two answers that came with imports: an order of two is one."""
    rows = source_comparisons(project).order_by("id")
    fields = ("response_a__prompt", "response_a", "response_b", "outcome")
    for prompt, one, other, outcome in rows.values_list(*fields)[:MOST_ROWS].iterator():
        yield Ordered(prompt, one, other, OUTCOMES[outcome])


def paired(ordered: Sequence[Ordered], *, scored: Mapping[int, Scored]) -> PairedProtocols:
    """Return every two answers as a pair that was scored and ordered, clustered by prompt."""
    sides = [(scored[each.one], scored[each.other]) for each in ordered]
    models = [(one.model, other.model) for one, other in sides]
    lengths = [(one.characters, other.characters) for one, other in sides]
    prompts: dict[int, int] = {}
    return PairedProtocols(
        ratings=np.array([(one.score, other.score) for one, other in sides], dtype=float).reshape(-1, 2),
        chosen=np.array([each.chosen for each in ordered], dtype=np.intp),
        cluster=np.array([prompts.setdefault(each.prompt, len(prompts)) for each in ordered], dtype=np.intp),
        clustered_by="prompt",
        traits={"characters": np.array(lengths, dtype=float).reshape(-1, 2)},
        models=models if all(one and other for one, other in models) else (),
    )
