"""A project's models ranked by its verdicts: strengths, groups, circles, and the same at equal style."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from annotation.domain.model_ranking.ranking import rank_votes
from annotation.domain.model_ranking.style_control import StyleColumns, control_style
from annotation.domain.model_ranking.votes import VoteTable
from annotation.queries.figures.computing import Question, Reporting
from annotation.queries.ranking.compared_models import ModelVotes, verdict_count, votes_between_models
from curation.domain.corpus.style import MEASURES
from curation.models import Project
from curation.queries.corpus.texts import response_texts

# Verdicts that a page ranks while somebody waits; counting style reads both answers of each.
AT_ONCE = 4_000
AT_ONCE_WITH_STYLE = 1_000
# Answers are measured of so many votes, the newest.
MOST_STYLED = 20_000
MOST_VOTES = 1_000_000
STYLE = ("characters", "list entries", "headers", "bold phrases")
TEXTS_AT_ONCE = 500
# Games between every two of more models are more than anybody reads.
MOST_IN_GRID = 12


def size(project: Project, question: Question) -> int:
    """Return how many verdicts would be ranked; those whose style is measured count for more."""
    weight = AT_ONCE // AT_ONCE_WITH_STYLE if question.get("equal_style") else 1
    return weight * verdict_count(project, sources=question["sources"], limit=AT_ONCE + 1)


def compute(project: Project, question: Question, *, report: Reporting) -> dict[str, Any]:
    """Return the ranking, the games between every two models, and the strengths at equal style where asked for."""
    equal_style = bool(question.get("equal_style"))
    limit = MOST_STYLED if equal_style else MOST_VOTES
    votes = votes_between_models(project, sources=question["sources"], limit=limit)
    left_out = {"unnamed": votes.unnamed, "one_model": votes.one_model, "unearned": votes.unearned}
    if votes.table is None:
        return {"ranking": None, "left_out": left_out}
    report(0, len(votes.table))
    found = {
        "ranking": rank_votes(votes.table).as_json(),
        "left_out": left_out,
        "games": _games(votes.table),
        "newest": len(votes.table) + votes.unnamed + votes.one_model >= limit,
    }
    if equal_style:
        style = _style_of(votes, report=report)
        found["equal_style"] = control_style(votes.table, style=style).as_json()
    report(len(votes.table), len(votes.table))
    return found


def _games(table: VoteTable) -> list[list[Any]]:
    """Return [model, other, won, lost, tied] of every two models that met, where there are few enough to read."""
    if len(table.models) > MOST_IN_GRID:
        return []
    met = Counter(zip(table.lower.tolist(), table.higher.tolist(), table.result.tolist(), strict=True))
    pairs = sorted({(lower, higher) for lower, higher, _result in met})
    return [
        [table.models[one], table.models[two], *(met[one, two, result] for result in range(3))]
        for one, two in pairs
    ]


def _style_of(votes: ModelVotes, *, report: Reporting) -> StyleColumns:
    """Return the measures of both answers of each vote; texts are read by the chunk and not kept."""
    measured: dict[int, Sequence[float]] = {}
    wanted = list(dict.fromkeys(response for sides in votes.answers for response in sides))
    for start in range(0, len(wanted), TEXTS_AT_ONCE):
        report(start * len(votes.answers) // len(wanted), len(votes.answers))
        measured.update(_measured(wanted[start : start + TEXTS_AT_ONCE]))
    sides = tuple([measured[response] for response in side] for side in zip(*votes.answers, strict=True))
    return {
        name: ([values[at] for values in sides[0]], [values[at] for values in sides[1]])
        for at, name in enumerate(STYLE)
    }


def _measured(responses: Iterable[int]) -> Mapping[int, Sequence[float]]:
    texts = response_texts(responses)
    return {response: [MEASURES[name](text) for name in STYLE] for response, text in texts.items()}
