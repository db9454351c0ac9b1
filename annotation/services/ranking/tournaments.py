"""Tournaments led on from whatever was judged: the games that can be played now, as tasks where people play."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from annotation.domain.model_ranking.tournament import FIRST, SECOND, TIE, Game
from annotation.models import Annotation, Queue, Task, TaskResponse, Tournament, TournamentGame
from annotation.queries.desk.conclusions import conclusions_of
from annotation.queries.ranking.tournaments import TournamentState, tournament_state
from annotation.services.queues.setup import BATCH
from curation.models import Prompt

# The beginning of the subject of a task that is a game: its answers are shown in the order of storing.
GAME = "game:"


@transaction.atomic
def lead_on(tournament: Tournament, *, prompts: Sequence[int] | None = None) -> int:
    """Ask for every game, of some prompts or of all, that can be judged now; returns how many wait.

    Of two equal texts nobody is asked: that is a tie in either order.
    """
    Tournament.objects.select_for_update(of=("self",), no_key=True).get(pk=tournament.pk)
    while True:
        state = tournament_state(tournament, prompts=prompts)
        wanted = [game for bracket in state.brackets.values() for game in bracket.open_games]
        known = {state.game_of(row): row for row in state.games}
        new = [game for game in wanted if game not in known]
        decided = _ask_for(state, new)
        if not decided:
            _drop_unwanted(state, wanted=set(wanted))
            return len(wanted)


def _ask_for(state: TournamentState, games: Sequence[Game]) -> int:
    """Store new games, with tasks for people; returns how many were decided at once."""
    rows = [_row_of(state, game) for game in games]
    if state.tournament.queue is not None:
        _ask_people([row for row in rows if not row.verdict], queue=state.tournament.queue)
    TournamentGame.objects.bulk_create(rows, batch_size=BATCH)
    return sum(bool(row.verdict) for row in rows)


def _row_of(state: TournamentState, game: Game) -> TournamentGame:
    given = state.answers[int(game.prompt)]
    (first, one), (second, other) = given[game.first], given[game.second]
    return TournamentGame(
        project_id=state.tournament.project_id,
        tournament=state.tournament,
        prompt_id=int(game.prompt),
        first_id=first,
        second_id=second,
        is_deciding=game.deciding,
        verdict=TIE if one == other else "",
        judged_at=timezone.now() if one == other else None,
    )


def _ask_people(games: Sequence[TournamentGame], *, queue: Queue) -> None:
    """Make the task of each game; the second order of a match comes after all first ones."""
    prompts = Prompt.objects.filter(pk__in={game.prompt_id for game in games})
    conversations = dict(prompts.values_list("id", "conversation_id"))
    for game in games:
        game.task = Task(
            project_id=game.project_id,
            queue=queue,
            conversation_id=conversations[game.prompt_id],
            subject=f"{GAME}{game.uuid}",
            priority=0 if game.first_id < game.second_id else -1,
            wanted=1,
            open_slots=1,
        )
    tasks = Task.objects.bulk_create((game.task for game in games if game.task), batch_size=BATCH)
    TaskResponse.objects.bulk_create(
        (
            TaskResponse(
                project_id=game.project_id,
                task=task,
                response_id=response,
                prompt_id=game.prompt_id,
                position=at,
            )
            for task, game in zip(tasks, games, strict=True)
            for at, response in enumerate((game.first_id, game.second_id))
        ),
        batch_size=BATCH,
    )


def _drop_unwanted(state: TournamentState, *, wanted: set[Game]) -> None:
    """Take back games that nobody holds and nothing waits for: an answer before them was changed."""
    for row in state.games:
        if not row.verdict and row.task_id and state.game_of(row) not in wanted:
            Task.objects.filter(pk=row.task_id, leases__isnull=True, annotations__isnull=True).delete()


def is_game(task: Task) -> bool:
    """Return whether a task is a game of a tournament."""
    return task.subject.startswith(GAME)


def note_game(annotation: Annotation) -> None:
    """Keep what somebody said of a game, and ask for what follows from it."""
    game = TournamentGame.objects.select_related("tournament__project", "first").filter(task=annotation.task)
    found = game.first()
    if found is None:
        return
    (preference,) = conclusions_of(annotation).preferences
    winner = {"a": preference.first, "b": preference.second}.get(preference.outcome)
    found.verdict = TIE if winner is None else FIRST if winner == str(found.first.uuid) else SECOND
    found.judged_at = timezone.now()
    found.save(update_fields=["verdict", "judged_at"])
    lead_on(found.tournament, prompts=[found.prompt_id])


def forget_game(task: Task) -> None:
    """Take back what was said of a game, and what follows from it."""
    found = TournamentGame.objects.select_related("tournament__project").filter(task=task).first()
    if found is None:
        return
    found.verdict, found.judged_at = "", None
    found.save(update_fields=["verdict", "judged_at"])
    lead_on(found.tournament, prompts=[found.prompt_id])
