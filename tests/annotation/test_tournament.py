"""Single elimination: byes, both orders, coins that can be repeated, and going on after a stop."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.domain.model_ranking.ranking import rank_votes
from annotation.domain.model_ranking.tournament import (
    Game,
    PlayedGame,
    Rules,
    bracket_of,
    games_needed,
    votes_of,
)


def rules_of(count: int, **changed) -> Rules:
    return Rules(models=tuple(f"m{at:02}" for at in range(count)), **changed)


def better_named(game: Game) -> str:
    """Judge by content: the model of the lower number wins."""
    return "first" if game.first < game.second else "second"


def always_first(game: Game) -> str:
    return "first"


def play_out(
    rules: Rules, judge, *, prompts=("p",), shuffled: random.Random | None = None
) -> list[PlayedGame]:
    played: list[PlayedGame] = []
    for prompt in prompts:
        while games := bracket_of(prompt, rules=rules, played=played).open_games:
            chosen = [shuffled.choice(games)] if shuffled else games
            played += [PlayedGame(game=game, verdict=judge(game)) for game in chosen]
    return played


@settings(deadline=None)
@given(count=st.integers(2, 20), seed=st.integers(0, 5))
def test_the_best_model_wins_after_one_match_fewer_than_models(count, seed) -> None:
    rules = rules_of(count, seed=seed)
    bracket = bracket_of("p", rules=rules, played=play_out(rules, better_named))
    assert bracket.winner == "m00"
    assert len(bracket.matches) == count - 1
    assert all(match.is_consistent for match in bracket.matches)


@settings(deadline=None)
@given(count=st.integers(2, 12), seed=st.integers(0, 5))
def test_a_run_that_was_stopped_ends_like_one_that_was_not(count, seed) -> None:
    rules = rules_of(count)
    straight = play_out(rules, better_named)
    halting = play_out(rules, better_named, shuffled=random.Random(seed))
    assert bracket_of("p", rules=rules, played=straight) == bracket_of("p", rules=rules, played=halting)


def test_a_judge_that_always_says_first_never_makes_a_consistent_winner() -> None:
    rules = rules_of(4, third_opinion=False)
    bracket = bracket_of("p", rules=rules, played=play_out(rules, always_first))
    assert all(match.by_coin and not match.is_consistent for match in bracket.matches)


def test_a_third_opinion_decides_where_the_orders_disagree() -> None:
    rules = rules_of(2)
    played = play_out(rules, lambda game: better_named(game) if game.deciding else "first")
    (match,) = bracket_of("p", rules=rules, played=played).matches
    assert (len(played), match.winner, match.by_coin) == (3, "m00", False)


def test_two_ties_go_to_the_coin_at_once() -> None:
    rules = rules_of(2)
    played = play_out(rules, lambda _game: "tie")
    (match,) = bracket_of("p", rules=rules, played=played).matches
    assert (len(played), match.by_coin) == (2, True)


def test_three_models_leave_one_to_rest_and_prompts_take_turns() -> None:
    rules = rules_of(3)
    resting = {bracket_of(f"p{at}", rules=rules, played=[]).byes for at in range(30)}
    assert resting == {("m00",), ("m01",), ("m02",)}


def test_both_orders_of_a_match_are_open_at_first() -> None:
    games = bracket_of("p", rules=rules_of(2), played=[]).open_games
    assert {(game.first, game.second) for game in games} == {("m00", "m01"), ("m01", "m00")}


def test_strengths_come_from_all_games_together() -> None:
    prompts = [f"p{at}" for at in range(40)]
    played = play_out(rules_of(5), better_named, prompts=prompts)
    assert len(played) == games_needed(5, prompts=40)[0]
    assert rank_votes(votes_of(played), rounds=20).standings[0].model == "m00"


@pytest.mark.parametrize("models", [("a",), ("a", "a")])
def test_a_tournament_needs_two_models(models) -> None:
    with pytest.raises(ValueError, match="two models"):
        Rules(models=models)
