from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.domain.criteria.grading_order import next_to_grade, selectivity_scores

# Assertion "picky" fails 1 of 4, "harsh" fails 3 of 4.
RESULTS: dict[str, dict[str, bool | None]] = {
    "a": {"picky": False, "harsh": False},
    "b": {"picky": True, "harsh": False},
    "c": {"picky": True, "harsh": False},
    "d": {"picky": True, "harsh": True},
}

results_strategy = st.integers(1, 4).flatmap(
    lambda width: st.dictionaries(
        st.integers(0, 50),
        st.lists(st.sampled_from([True, False, None]), min_size=width, max_size=width).map(
            lambda verdicts: dict(enumerate(verdicts))
        ),
        min_size=1,
        max_size=8,
    )
)


def test_failing_a_selective_assertion_weighs_more() -> None:
    assert selectivity_scores(RESULTS) == {"a": 1.0, "b": 0.25, "c": 0.25, "d": 0.0}


def test_an_assertion_that_has_not_run_everywhere_is_left_out() -> None:
    partly_run: dict[str, dict[str, bool | None]] = {**RESULTS, "d": {"picky": True}}
    assert selectivity_scores(partly_run) == {"a": 0.75, "b": 0.0, "c": 0.0, "d": 0.0}


def test_a_skip_neither_accuses_nor_counts_in_the_pass_rate() -> None:
    results: dict[str, dict[str, bool | None]] = {"a": {"x": False}, "b": {"x": True}, "c": {"x": None}}
    assert selectivity_scores(results) == {"a": 0.5, "b": 0.0, "c": 0.0}


def test_an_assertion_that_only_skips_scores_nothing() -> None:
    assert selectivity_scores({"a": {"x": None}}) == {"a": 0.0}


@given(results_strategy, st.randoms())
def test_the_order_of_results_does_not_matter(
    results: dict[int, dict[int, bool | None]], shuffler: Random
) -> None:
    shuffled = list(results.items())
    shuffler.shuffle(shuffled)
    assert selectivity_scores(dict(shuffled)) == pytest.approx(selectivity_scores(results))


def test_highest_and_lowest_take_turns() -> None:
    scores = {"a": 3.0, "b": 2.0, "c": 1.0, "d": 0.0}
    order: list[str] = []
    while (output := next_to_grade(scores, graded=order)) is not None:
        order.append(output)
    assert order == ["a", "d", "b", "c"]


def test_nothing_is_next_when_all_are_graded() -> None:
    assert next_to_grade({"a": 1.0}, graded=["a"]) is None


def test_a_seed_repeats_its_draw_among_ties_and_seeds_differ() -> None:
    scores = dict.fromkeys(range(100), 1.0)
    draws = [next_to_grade(scores, graded=[], seed=seed) for seed in range(20)]
    assert draws == [next_to_grade(scores, graded=[], seed=seed) for seed in range(20)]
    assert len(set(draws)) > 5


@given(st.dictionaries(st.integers(0, 30), st.sampled_from([0.0, 0.5, 1.0]), min_size=1), st.integers())
def test_every_output_is_asked_once(scores: dict[int, float], seed: int) -> None:
    order: list[int] = []
    while (output := next_to_grade(scores, graded=order, seed=seed)) is not None:
        order.append(output)
    assert sorted(order) == sorted(scores)
