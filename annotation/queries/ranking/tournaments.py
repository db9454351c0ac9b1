"""Tournaments as they stand: who answered what, what was judged, and the bracket of each prompt."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from annotation.domain.model_ranking.ranking import Ranking, rank_votes
from annotation.domain.model_ranking.tournament import (
    Bracket,
    Game,
    PlayedGame,
    Rules,
    bracket_of,
    games_needed,
    votes_of,
)
from annotation.models import Tournament, TournamentGame
from curation.models import ModelVersion, Project, Response, ResponseSetEntry
from curation.queries.corpus.texts import prompt_texts, response_texts

PAGE = 50
ROUNDS = 200
# Of a question in the list of brackets.
SHOWN_QUESTION = 160


@dataclass(frozen=True)
class TournamentState:
    """Everything that a tournament's brackets follow from; models and prompts go by their ids, as text."""

    tournament: Tournament
    # prompt → model → (response, hash of its text).
    answers: Mapping[int, Mapping[str, tuple[int, str]]]
    games: Sequence[TournamentGame]
    names: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def brackets(self) -> dict[int, Bracket]:
        """The bracket of each prompt that two models or more answered."""
        played = self.played_by_prompt
        return {
            prompt: bracket_of(str(prompt), rules=self.rules_of(prompt), played=played.get(prompt, []))
            for prompt in self.answers
        }

    def rules_of(self, prompt: int) -> Rules:
        """Return who plays on a prompt: those that answered it."""
        return Rules(
            models=tuple(sorted(self.answers[prompt])),
            seed=self.tournament.seed,
            third_opinion=self.tournament.third_opinion,
        )

    @cached_property
    def played_by_prompt(self) -> dict[int, list[PlayedGame]]:
        """The verdicts so far by prompt; what is about answers that are gone is left out."""
        played: dict[int, list[PlayedGame]] = defaultdict(list)
        for row in self.games:
            game = self.game_of(row)
            if row.verdict and game is not None:
                played[row.prompt_id].append(PlayedGame(game=game, verdict=row.verdict))
        return played

    def game_of(self, row: TournamentGame) -> Game | None:
        """Return a stored game between models; None where an answer of it is gone."""
        models = self.model_of.get(row.prompt_id, {})
        if row.first_id not in models or row.second_id not in models:
            return None
        return Game(
            prompt=str(row.prompt_id),
            first=models[row.first_id],
            second=models[row.second_id],
            deciding=row.is_deciding,
        )

    @cached_property
    def model_of(self) -> dict[int, dict[int, str]]:
        """The model of each answer, by prompt."""
        return {
            prompt: {response: model for model, (response, _text) in given.items()}
            for prompt, given in self.answers.items()
        }

    @property
    def judged(self) -> int:
        """How many verdicts were given."""
        return sum(bool(row.verdict) for row in self.games)

    @property
    def needed(self) -> tuple[int, int]:
        """The fewest and the most verdicts of the whole tournament."""
        each = [games_needed(len(given), prompts=1) for given in self.answers.values()]
        return sum(least for least, _most in each), sum(most for _least, most in each)

    @cached_property
    def winners(self) -> Counter[str]:
        """How many prompts each model won so far."""
        return Counter(bracket.winner for bracket in self.brackets.values() if bracket.winner)

    @property
    def coins(self) -> int:
        """How many matches nothing but the seed decided."""
        return sum(match.by_coin for bracket in self.brackets.values() for match in bracket.matches)

    @property
    def matches(self) -> int:
        """How many matches are decided."""
        return sum(bool(match.winner) for bracket in self.brackets.values() for match in bracket.matches)

    def ranking(self) -> Ranking | None:
        """Return the models ranked by all verdicts together; None before the first."""
        played = [each for games in self.played_by_prompt.values() for each in games]
        if not played:
            return None
        return rank_votes(votes_of([self._named(each) for each in played]), rounds=ROUNDS)

    def _named(self, each: PlayedGame) -> PlayedGame:
        game = each.game
        first, second = (self.names.get(name, name) for name in (game.first, game.second))
        return PlayedGame(game=Game(prompt=game.prompt, first=first, second=second), verdict=each.verdict)


def tournament_state(tournament: Tournament, *, prompts: Sequence[int] | None = None) -> TournamentState:
    """Return a tournament as it stands, or its part on some prompts, in three queries and without texts."""
    games = TournamentGame.objects.filter(tournament=tournament).order_by("id")
    if prompts is not None:
        games = games.filter(prompt__in=prompts)
    names = dict(
        ModelVersion.objects.for_project(tournament.project)
        .filter(uuid__in=tournament.contestants)
        .values_list("uuid", "name")
    )
    return TournamentState(
        tournament=tournament,
        answers=_answers(tournament, prompts=prompts),
        games=list(games),
        names=_told_apart({str(uuid): name for uuid, name in names.items()}),
    )


def _told_apart(names: Mapping[str, str]) -> dict[str, str]:
    """Return names that differ: of two versions of one name, each with the beginning of its id."""
    counts = Counter(names.values())
    return {uuid: name if counts[name] == 1 else f"{name} {uuid[-6:]}" for uuid, name in names.items()}


def _given(tournament: Tournament) -> QuerySet[ResponseSetEntry]:
    """Return the answers of the tournament's models on conversations that stand."""
    return ResponseSetEntry.objects.filter(
        response_set=tournament.response_set_id,
        state=ResponseSetEntry.State.GIVEN,
        model_version__uuid__in=tournament.contestants,
        prompt__conversation__withdrawn_at__isnull=True,
        prompt__conversation__archived_at__isnull=True,
    )


def _answers(
    tournament: Tournament, *, prompts: Sequence[int] | None
) -> dict[int, dict[str, tuple[int, str]]]:
    """Return the first answer of each model to each prompt, where two models or more gave one."""
    entries = _given(tournament)
    if prompts is not None:
        entries = entries.filter(prompt__in=prompts)
    found: dict[int, dict[str, tuple[int, str]]] = defaultdict(dict)
    fields = ("prompt_id", "model_version__uuid", "response_id", "response__content_hash")
    for asked, model, response, text in entries.order_by("prompt_id", "number", "id").values_list(*fields):
        found[asked].setdefault(str(model), (int(response or 0), str(text)))
    return {asked: given for asked, given in found.items() if len(given) > 1}


def meeting_prompts(tournament: Tournament) -> QuerySet[ResponseSetEntry, int]:
    """Return the prompts that two models or more answered, by their ids."""
    asked = _given(tournament).values("prompt").annotate(models=Count("model_version", distinct=True))
    return asked.filter(models__gt=1).order_by("prompt").values_list("prompt", flat=True)


def answer_count(tournament: Tournament, *, limit: int) -> int:
    """Return how many answers may meet, at most `limit`."""
    return _given(tournament).order_by().values("pk")[:limit].count()


def tournaments_of(project: Project) -> list[Tournament]:
    """Return the tournaments of a project, the newest first."""
    rows = Tournament.objects.for_project(project).select_related("response_set", "queue", "job")
    return list(rows.order_by("-id"))


def tournament_of(project: Project, uuid: UUID) -> Tournament | None:
    """Return a tournament of the project."""
    rows = Tournament.objects.for_project(project).filter(uuid=uuid)
    return rows.select_related("project", "response_set", "queue", "job", "endpoint").first()


@dataclass(frozen=True, slots=True, kw_only=True)
class BracketLine:
    """A prompt in the list: the beginning of its question, how far it is, and its winner's name."""

    prompt: int
    question: str
    decided: int
    matches: int
    winner: str


def bracket_lines(tournament: Tournament, *, page: int) -> tuple[list[BracketLine], bool]:
    """Return one page of the prompts with how far each is, and whether more follow; nothing of the others is read."""
    prompts = list(meeting_prompts(tournament)[page * PAGE : (page + 1) * PAGE + 1])
    state, texts = tournament_state(tournament, prompts=prompts[:PAGE]), prompt_texts(prompts[:PAGE])
    lines = [
        BracketLine(
            prompt=prompt,
            question=texts[prompt].messages[-1]["content"][:SHOWN_QUESTION],
            decided=sum(bool(match.winner) for match in state.brackets[prompt].matches),
            matches=len(state.answers[prompt]) - 1,
            winner=state.names.get(state.brackets[prompt].winner or "", ""),
        )
        for prompt in prompts[:PAGE]
        if prompt in texts and prompt in state.brackets
    ]
    return lines, len(prompts) > PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSide:
    """A model in a match: its name, its answer's id and key, and whether it won."""

    name: str
    response: str
    answer: int
    won: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMatch:
    """A match of the bracket as its page shows it."""

    sides: Sequence[ShownSide]
    is_decided: bool
    is_consistent: bool
    by_coin: bool

    @property
    def answers(self) -> frozenset[int]:
        """The keys of both answers."""
        return frozenset(side.answer for side in self.sides)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownBracket:
    """A prompt's bracket: its question, the matches of each round, who rested, the winner and its answer."""

    question: str
    rounds: Sequence[Sequence[ShownMatch]]
    byes: Sequence[str]
    winner: str
    answer: str


def shown_bracket(state: TournamentState, prompt: int) -> ShownBracket | None:
    """Return the bracket of a prompt, names for ids; None where the tournament has no such prompt."""
    bracket = state.brackets.get(prompt)
    if bracket is None:
        return None
    responses = state.answers[prompt]
    uuids = _uuids([response for response, _text in responses.values()])
    count = max((match.round for match in bracket.matches), default=0)
    winner = bracket.winner or ""
    return ShownBracket(
        question=prompt_texts([prompt])[prompt].messages[-1]["content"],
        rounds=[
            [
                ShownMatch(
                    sides=[
                        ShownSide(
                            name=state.names.get(side, side),
                            response=uuids[responses[side][0]],
                            answer=responses[side][0],
                            won=side == match.winner,
                        )
                        for side in match.sides
                    ],
                    is_decided=match.winner is not None,
                    is_consistent=match.is_consistent,
                    by_coin=match.by_coin,
                )
                for match in bracket.matches
                if match.round == number
            ]
            for number in range(1, count + 1)
        ],
        byes=[state.names.get(side, side) for side in bracket.byes],
        winner=state.names.get(winner, ""),
        answer=response_texts([responses[winner][0]]).get(responses[winner][0], "") if winner else "",
    )


def _uuids(responses: Sequence[int]) -> dict[int, str]:
    rows: Any = Response.objects.filter(pk__in=responses).values_list("id", "uuid")
    return {pk: str(uuid) for pk, uuid in rows}
