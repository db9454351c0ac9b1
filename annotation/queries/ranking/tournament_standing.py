"""How a tournament stands over all its prompts: how far it is, who wins, and the models ranked by all games."""

from typing import Any

from annotation.models import Tournament, TournamentGame
from annotation.queries.figures.computing import Question, Reporting
from annotation.queries.ranking.tournaments import tournament_state
from curation.models import Project, ResponseSetEntry

# Games, or answers that may meet, whose brackets are drawn while somebody waits.
AT_ONCE = 12_000


def standing_question(tournament: Tournament) -> Question:
    """Return the question for how a tournament stands."""
    return {"tournament": str(tournament.uuid)}


def size(project: Project, question: Question) -> int:
    """Return how many games there are, or answers, whichever are more."""
    tournament = Tournament.objects.for_project(project).get(uuid=question["tournament"])
    games = TournamentGame.objects.filter(tournament=tournament)
    answers = ResponseSetEntry.objects.filter(response_set=tournament.response_set_id)
    return max(rows.values("pk")[: AT_ONCE + 1].count() for rows in (games, answers))


def compute(project: Project, question: Question, *, report: Reporting) -> dict[str, Any]:
    """Return the counts of games and matches, the prompts won by each model, and the ranking, None before a verdict."""
    tournament = Tournament.objects.for_project(project).get(uuid=question["tournament"])
    report(0, None)
    state = tournament_state(tournament)
    least, most = state.needed
    ranking = state.ranking()
    return {
        "judged": state.judged,
        "least": least,
        "most": most,
        "coins": state.coins,
        "matches": state.matches,
        "winners": [(state.names.get(model, model), won) for model, won in state.winners.most_common()],
        "ranking": None if ranking is None else ranking.as_json(),
    }
