"""Precision and recall from reviews of which some were drawn at random."""

import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.versions.intervals import wilson_interval
from feedback_mining.domain.estimates import (
    Reviewed,
    added,
    estimate_precision,
    estimate_recall,
    estimate_total,
)


def draws(true: int, n: int, *, weight: float = 10.0) -> list[Reviewed]:
    return [Reviewed(is_true=number < true, weight=weight) for number in range(n)]


@given(st.integers(1, 60), st.integers(0, 60))
def test_draws_of_equal_weight_give_wilson_s_interval(n: int, true: int) -> None:
    true = min(true, n)
    found = estimate_precision(1000, reviewed=draws(true, n))
    assert found is not None
    assert found.value == pytest.approx(true / n)
    assert found.interval == pytest.approx(wilson_interval(true, n))


def test_unequal_weights_count_as_what_they_stand_for() -> None:
    reviewed = [Reviewed(is_true=True, weight=30.0), Reviewed(is_true=False, weight=10.0)]
    assert estimate_precision(40, reviewed=reviewed).value == pytest.approx(0.75)


def test_what_was_chosen_stands_for_itself_alone() -> None:
    chosen = [Reviewed(is_true=False)] * 50
    found = estimate_precision(100, reviewed=[*chosen, *draws(5, 5)])
    assert found.value == pytest.approx(0.5)


def test_everything_reviewed_leaves_no_doubt() -> None:
    found = estimate_precision(4, reviewed=[Reviewed(is_true=True)] * 3 + [Reviewed(is_true=False)])
    assert (found.value, *found.interval) == (0.75, 0.75, 0.75)


def test_without_a_draw_the_rest_is_unknown() -> None:
    assert estimate_precision(100, reviewed=[Reviewed(is_true=True)] * 20) is None


def test_recall_takes_the_worst_and_the_best_of_both() -> None:
    found = estimate_total(100, reviewed=draws(8, 10))
    missed = estimate_total(1000, reviewed=draws(1, 50))
    recall = estimate_recall(found=found, missed=missed)
    assert recall.value == pytest.approx(80 / (80 + 20))
    assert recall.interval.low == pytest.approx(
        found.interval.low / (found.interval.low + missed.interval.high)
    )


def test_a_group_that_nobody_looked_into_leaves_the_sum_unknown() -> None:
    assert added([estimate_total(10, reviewed=draws(1, 2)), None]) is None


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """A fifth is drawn at random, the rest in the order of a value that has nothing to do with the truth."""
    chance, held, values = random.Random(7), 0, []
    for _ in range(300):
        truth = [chance.random() < 0.7 for _ in range(200)]
        chosen = [Reviewed(is_true=each) for each in truth[:40]]
        drawn = [Reviewed(is_true=each, weight=160.0) for each in chance.sample(truth[40:], 20)]
        found = estimate_precision(200, reviewed=[*chosen, *drawn])
        held += found.interval.low <= fmean(truth) <= found.interval.high
        values.append(found.value - fmean(truth))
    assert held / 300 > 0.93
    assert abs(fmean(values)) < 0.02
