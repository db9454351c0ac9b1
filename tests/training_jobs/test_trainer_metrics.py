"""Held-out figures: intervals as scipy has them, ties as half, and two accuracies that are never confused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from training_jobs.domain.evaluation_metrics import (
    ScoredPair,
    evaluate_pairs,
    share_won,
    wilson_interval,
    win,
)

logps = st.floats(-500, 0)
scored_pairs = st.builds(
    ScoredPair,
    id=st.text(),
    logp_chosen=logps,
    logp_rejected=logps,
    ref_logp_chosen=logps,
    ref_logp_rejected=logps,
    words_chosen=st.integers(1, 300),
    words_rejected=st.integers(1, 300),
    decided_by=st.sampled_from(["people", "miner", ""]),
)


def make_pair(
    policy: tuple[float, float],
    reference: tuple[float, float],
    *,
    words: tuple[int, int] = (1, 1),
    by: str = "",
) -> ScoredPair:
    """Return a pair from (chosen, rejected) log-probabilities."""
    return ScoredPair(
        id="p",
        logp_chosen=policy[0],
        logp_rejected=policy[1],
        ref_logp_chosen=reference[0],
        ref_logp_rejected=reference[1],
        words_chosen=words[0],
        words_rejected=words[1],
        decided_by=by,
    )


@given(n=st.integers(1, 2000), rest=st.data())
def test_the_interval_is_wilsons(n: int, rest: st.DataObject) -> None:
    wins = rest.draw(st.integers(0, n))
    expected = binomtest(wins, n).proportion_ci(0.95, method="wilson")
    assert wilson_interval(wins / n, n=n) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_no_trials_say_nothing() -> None:
    assert wilson_interval(0.0, n=0) == (0.0, 1.0)


@given(margin=st.floats(allow_nan=False))
def test_a_win_and_its_mirror_share_one_point(margin: float) -> None:
    assert win(margin) + win(-margin) == 1.0


def test_a_margin_of_rounding_size_is_a_tie() -> None:
    assert win(3.6e-8) == 0.5


def test_a_model_that_was_not_trained_has_half() -> None:
    evaluation = evaluate_pairs([make_pair((-5, -9), (-5, -9)), make_pair((-9, -5), (-9, -5))], beta=0.1)
    assert evaluation["preference_accuracy"] == 0.5
    assert evaluation["reward_margin"] == 0.0


def test_reward_accuracy_and_policy_ranking_differ() -> None:
    learned_but_still_behind = make_pair((-9, -8), (-12, -6))
    evaluation = evaluate_pairs([learned_but_still_behind], beta=0.5)
    assert (evaluation["reward_accuracy"], evaluation["policy_ranking"]) == (1.0, 0.0)
    assert evaluation["preference_accuracy"] == evaluation["reward_accuracy"]
    assert evaluation["base"] == {
        **evaluation["base"],
        "preference_accuracy": 0.0,
        "measure": "policy_ranking",
    }
    assert evaluation["reward_margin"] == pytest.approx(0.5 * (3 + 2))


def test_length_baselines_and_slices() -> None:
    pairs = [
        make_pair((-1, -2), (-2, -1), words=(3, 1), by="people"),
        make_pair((-2, -1), (-1, -2), words=(1, 3), by="miner"),
        make_pair((-1, -2), (-2, -1), words=(2, 2), by="miner"),
    ]
    evaluation = evaluate_pairs(pairs, beta=0.1)
    assert evaluation["longer_wins"] == 0.5
    assert evaluation["mean_words"] == {"chosen": 2, "rejected": 2}
    by = evaluation["by"]["decided_by"]
    assert (by["people"]["n"], by["people"]["preference_accuracy"]) == (1, 1.0)
    assert (by["miner"]["n"], by["miner"]["preference_accuracy"]) == (2, 0.5)


@given(pairs=st.lists(scored_pairs, min_size=1, max_size=30))
def test_every_pair_is_accounted_for_and_the_interval_holds_the_share(pairs: list[ScoredPair]) -> None:
    evaluation = evaluate_pairs(pairs, beta=0.1)
    low, high = evaluation["interval"]
    assert 0 <= low <= evaluation["preference_accuracy"] <= high <= 1
    assert (
        evaluation["n"]
        == len(evaluation["rows"])
        == sum(one["n"] for one in evaluation["by"]["decided_by"].values())
    )
    assert evaluation["preference_accuracy"] == pytest.approx(
        sum(row["correct"] for row in evaluation["rows"]) / len(pairs)
    )


def test_no_pairs_have_no_share() -> None:
    with pytest.raises(ValueError, match="at least one pair"):
        share_won([], margin=lambda pair: pair.policy_margin)
