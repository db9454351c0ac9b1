"""Single-elimination tournaments, one for each prompt: n − 1 matches find the best answer of n models.

Every match is judged in both orders; where the orders disagree a third opinion decides, or a flagged coin. The
state is the list of games that were judged, so a run that was stopped goes on from its rows. After Varco Arena (a
bracket drawn anew for each prompt, strengths from all matches together).
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from annotation.domain.model_ranking.votes import VoteTable, vote_table

FIRST, SECOND, TIE = "first", "second", "tie"
VERDICTS = (FIRST, SECOND, TIE)
# Two models of a match, in alphabetical order.
Sides: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Game:
    """One verdict to give: of `first`, which is shown first, and `second`; deciding: the third opinion."""

    prompt: str
    first: str
    second: str
    deciding: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedGame:
    """A verdict that was given: "first", "second" or "tie"."""

    game: Game
    verdict: str

    @property
    def winner(self) -> str | None:
        """Return the model that won; None for a tie."""
        return {FIRST: self.game.first, SECOND: self.game.second, TIE: None}[self.verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Two models that met in a round, from 1; winner is None while games are open.

    consistent: both orders named the same winner; by_coin: nothing else decided, so the seed did.
    """

    round: int
    sides: Sides
    winner: str | None = None
    is_consistent: bool = False
    by_coin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket:
    """How far the tournament of one prompt has come: its matches, and the games that can be judged now."""

    prompt: str
    matches: tuple[Match, ...]
    byes: tuple[str, ...]
    open_games: tuple[Game, ...]
    winner: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Who plays, which seed draws brackets and coins, and whether a third opinion decides before the coin."""

    models: tuple[str, ...]
    seed: int = 0
    third_opinion: bool = True

    def __post_init__(self) -> None:
        if len(set(self.models)) < max(2, len(self.models)):
            raise ValueError("A tournament needs at least two models, each named once.")


def bracket_of(prompt: str, *, rules: Rules, played: Iterable[PlayedGame]) -> Bracket:
    """Replay what was judged for a prompt, and say what can be judged next.

    The order of `played` does not matter; a game judged twice counts as it was judged last. Games of other
    prompts are left alone.
    """
    known = {each.game: each for each in played if each.game.prompt == prompt}
    order = _drawn(prompt, rules=rules)
    byes = _bye_count(len(order))
    resting, standing = order[:byes], _known(order[byes:])
    matches: list[Match] = []
    open_games: list[Game] = []
    for number in range(1, (len(order) - 1).bit_length() + 1):
        played_now = [
            _match(sides, number=number, prompt=prompt, rules=rules, known=known)
            for sides in _neighbours(standing)
        ]
        matches.extend(match for match, _ in played_now if match is not None)
        open_games += [game for _, games in played_now for game in games]
        winners = [None if match is None else match.winner for match, _ in played_now]
        standing = [*_known(resting), *winners] if number == 1 else winners
    return Bracket(
        prompt=prompt,
        matches=tuple(matches),
        byes=tuple(resting),
        open_games=tuple(open_games),
        winner=standing[0],
    )


def games_needed(models: int, *, prompts: int) -> tuple[int, int]:
    """Return the fewest and the most verdicts of a whole run: two for each match, three where orders disagree."""
    matches = (models - 1) * prompts
    return 2 * matches, 3 * matches


def votes_of(played: Sequence[PlayedGame]) -> VoteTable:
    """Return the games as votes for a ranking; those of a prompt belong together, so prompts are the items."""
    letters = {FIRST: "a", SECOND: "b", TIE: "tie"}
    return vote_table(
        model_a=[each.game.first for each in played],
        model_b=[each.game.second for each in played],
        winner=[letters[each.verdict] for each in played],
        item=[each.game.prompt for each in played],
    )


def _drawn(prompt: str, *, rules: Rules) -> list[str]:
    """Return the models in the order of the bracket; each prompt has its own, so nobody rests always."""
    models = sorted(rules.models)
    _chance(prompt, rules=rules).shuffle(models)
    return models


def _chance(*names: str, rules: Rules) -> random.Random:
    return random.Random("\n".join((str(rules.seed), *names)))  # noqa: S311 - a draw that can be repeated


def _bye_count(models: int) -> int:
    """Return how many models rest in the first round, so that the second has a power of two."""
    size: int = 1 << (models - 1).bit_length()
    return size - models


def _known(models: Sequence[str]) -> list[str | None]:
    return list(models)


def _neighbours(standing: Sequence[str | None]) -> Iterator[Sides | None]:
    """Pair those who stand beside each other; None where a winner is still to be found."""
    for one, two in zip(standing[::2], standing[1::2], strict=True):
        yield None if one is None or two is None else (min(one, two), max(one, two))


def _match(
    sides: Sides | None, *, number: int, prompt: str, rules: Rules, known: Mapping[Game, PlayedGame]
) -> tuple[Match | None, list[Game]]:
    """Return a match as far as it is decided, and its games that are open now."""
    if sides is None:
        return None, []
    one, two = sides
    both = [Game(prompt=prompt, first=one, second=two), Game(prompt=prompt, first=two, second=one)]
    waiting = [game for game in both if game not in known]
    if waiting:
        return Match(round=number, sides=sides), waiting
    winners = {known[game].winner for game in both}
    if len(winners) == 1 and None not in winners:
        return Match(round=number, sides=sides, winner=winners.pop(), is_consistent=True), []
    chance = _chance(prompt, one, two, rules=rules)
    # Two ties are a verdict of their own: a third opinion would seldom change it.
    if rules.third_opinion and winners != {None}:
        third = replace(chance.choice(both), deciding=True)
        if third not in known:
            return Match(round=number, sides=sides), [third]
        if winner := known[third].winner:
            return Match(round=number, sides=sides, winner=winner), []
    return Match(round=number, sides=sides, winner=chance.choice(sides), by_coin=True), []
