"""Comparisons of a project as votes between models, for rankings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeAlias

from django.db.models import Q, QuerySet

from annotation.domain.model_ranking.votes import VoteTable, vote_table
from annotation.queries.judges.ranking import that_may_rank
from annotation.queries.ranking.ranked_pairs import place_count, ranked_pairs
from curation.models import Comparison, PreferencePair, Project
from curation.queries.corpus.preferences import PEOPLE

_TIES = (Comparison.Outcome.TIE, Comparison.Outcome.BOTH_BAD)
PEOPLE_GROUP, MINED_GROUP = "people", "mined"


# What people choose among when they say whose verdicts count.
SOURCES: Mapping[str, Sequence[Comparison.Source]] = {
    PEOPLE_GROUP: PEOPLE,
    "judges": (Comparison.Source.JUDGE,),
    "unstated": (Comparison.Source.UNKNOWN,),
}
_MODELS = ("response_a__model_version__name", "response_b__model_version__name")
# Names of two models, the outcome, the prompt, and both responses.
_VoteRow: TypeAlias = tuple[str | None, str | None, str, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVotes:
    """Votes between models, with the responses (a, b) of each, and how many verdicts were none, by reason.

    `unearned` verdicts are those of judges that have not earned that they rank models.
    """

    table: VoteTable | None
    answers: Sequence[tuple[int, int]]
    unnamed: int = 0
    one_model: int = 0
    unearned: int = 0


def votes_between_models(
    project: Project, *, sources: Sequence[str] = (PEOPLE_GROUP,), limit: int | None = None
) -> ModelVotes:
    """Return the standing blind verdicts on answers of two named models, the newest first; prompts are the items.

    Orders of imports are a vote for each two answers that they tell apart.
    That both are bad leaves both models level, as a tie does; a mined pair is a vote for the chosen side.
    """
    rows: list[_VoteRow] = []
    wanted = [source for name in sources for source in SOURCES.get(name, ())]
    if wanted:
        rows += list(_compared(project, wanted)[:limit])
    if MINED_GROUP in sources:
        left = None if limit is None else limit - len(rows)
        rows += [
            (a, b, Comparison.Outcome.A, prompt, chosen, rejected)
            for a, b, prompt, chosen, rejected in _mined_votes(project)[:left]
        ]
    left = None if limit is None else limit - len(rows)
    rows += islice(_ranked_votes(project, wanted), left)
    return replace(_as_votes(rows), unearned=_unearned(project, wanted))


def verdict_count(project: Project, *, sources: Sequence[str], limit: int) -> int:
    """Return how many verdicts of these sources stand, up to a limit; what cannot be a vote counts too."""
    wanted = [source for name in sources for source in SOURCES.get(name, ())]
    compared = standing_comparisons(project).filter(source__in=wanted).order_by()
    count = compared[:limit].count() + place_count(project, sources=wanted, limit=limit) if wanted else 0
    return count + (mined_pairs(project).order_by()[:limit].count() if MINED_GROUP in sources else 0)


def _compared(project: Project, sources: Sequence[Comparison.Source]) -> QuerySet[Comparison, _VoteRow]:
    rows = that_may_rank(standing_comparisons(project).filter(source__in=sources), project=project)
    return rows.order_by("-id").values_list(
        *_MODELS, "outcome", "response_a__prompt_id", "response_a_id", "response_b_id"
    )


def _unearned(project: Project, sources: Sequence[Comparison.Source]) -> int:
    if Comparison.Source.JUDGE not in sources:
        return 0
    of_judges = standing_comparisons(project).filter(source=Comparison.Source.JUDGE)
    return of_judges.count() - that_may_rank(of_judges, project=project).count()


def _mined_votes(
    project: Project,
) -> QuerySet[PreferencePair, tuple[str | None, str | None, int, int, int]]:
    sides = ("chosen__model_version__name", "rejected__model_version__name")
    return mined_pairs(project).values_list(*sides, "prompt_id", "chosen_id", "rejected_id")


def _ranked_votes(project: Project, sources: Sequence[Comparison.Source]) -> Iterator[_VoteRow]:
    for better, worse in ranked_pairs(project, sources=sources) if sources else ():
        yield better.model, worse.model, Comparison.Outcome.A, better.prompt, better.response, worse.response


def _as_votes(rows: Sequence[_VoteRow]) -> ModelVotes:
    unnamed = one_model = 0
    kept: list[tuple[str, str, str, str]] = []
    answers: list[tuple[int, int]] = []
    for a, b, outcome, prompt, response_a, response_b in rows:
        if not a or not b:
            unnamed += 1
        elif a == b:
            one_model += 1
        else:
            kept.append((a, b, "tie" if outcome in _TIES else outcome, str(prompt)))
            answers.append((response_a, response_b))
    if not kept:
        return ModelVotes(table=None, answers=(), unnamed=unnamed, one_model=one_model)
    first, second, winner, item = zip(*kept, strict=True)
    table = vote_table(model_a=first, model_b=second, winner=winner, item=item)
    return ModelVotes(table=table, answers=answers, unnamed=unnamed, one_model=one_model)


def standing_comparisons(project: Project) -> QuerySet[Comparison]:
    """Return the blind verdicts that nobody took back, on conversations that stand."""
    withdrawn = Q(response_a__prompt__conversation__withdrawn_at__isnull=False)
    archived = Q(response_a__prompt__conversation__archived_at__isnull=False)
    standing = Comparison.objects.for_project(project).filter(retracted_at__isnull=True, saw_signal=False)
    return standing.exclude(withdrawn | archived)


def mined_pairs(project: Project) -> QuerySet[PreferencePair]:
    """Return the pairs that were mined from feedback and stand, the newest first."""
    pairs = PreferencePair.objects.for_project(project).standing().filter(origin=PreferencePair.Origin.MINED)
    return pairs.order_by("-id")
