from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from annotation.domain.criteria.grading_order import (
    AT_RANDOM,
    DREW_A_COMPLAINT,
    LEAST_SUSPICIOUS,
    MOST_DIVIDED,
    MOST_SUSPICIOUS,
    Standing,
    choose_next,
    division_scores,
    selectivity_scores,
)

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


def in_order(standing: Standing[Any], *, order: str) -> list[tuple[Any, str]]:
    """Grade everything and return what was shown and why."""
    shown: list[tuple[Any, str]] = []
    left = list(standing.left)
    while chosen := choose_next(replace(standing, left=left, turn=len(shown)), order=order):
        shown.append(chosen)
        left.remove(chosen[0])
    return shown


def standing_of(results: dict[Any, dict[Any, bool | None]], **more: Any) -> Standing[Any]:
    return Standing(results=results, left=list(results), **more)


def test_highest_and_lowest_take_turns() -> None:
    shown = in_order(standing_of(RESULTS), order="selectivity")
    assert [output for output, _ in shown] in (["a", "d", "b", "c"], ["a", "d", "c", "b"])
    assert [policy for _, policy in shown] == [MOST_SUSPICIOUS, LEAST_SUSPICIOUS] * 2


def test_where_assertions_are_divided_comes_first() -> None:
    results = {**RESULTS, "e": {"picky": False, "harsh": True}}
    assert division_scores(results) == {"a": 0, "b": 1, "c": 1, "d": 0, "e": 1}
    shown = in_order(standing_of(results), order="uncertainty")
    assert {output for output, _ in shown[:3]} == {"b", "c", "e"}
    assert {policy for _, policy in shown} == {MOST_DIVIDED}


@given(st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=6))
def test_the_division_of_an_output_is_scipys_entropy(verdicts: list[bool | None]) -> None:
    (found,) = division_scores({"a": dict(enumerate(verdicts))}).values()
    counts = [verdicts.count(True), verdicts.count(False)]
    assert found == pytest.approx(entropy(counts, base=2) if sum(counts) else 0.0)


def test_without_complete_results_any_comes_and_the_policy_says_so() -> None:
    partly_run: dict[str, dict[str, bool | None]] = {"a": {"x": False}, "b": {}}
    assert {policy for _, policy in in_order(standing_of(partly_run), order="selectivity")} == {AT_RANDOM}


def test_answers_that_drew_complaints_come_every_second_turn() -> None:
    standing = standing_of(RESULTS, suspects={"c": 1, "d": 5, "gone": 9})
    shown = in_order(standing, order="selectivity")
    assert shown == [
        ("d", DREW_A_COMPLAINT),
        ("a", MOST_SUSPICIOUS),
        ("c", DREW_A_COMPLAINT),
        ("b", LEAST_SUSPICIOUS),
    ]


def test_what_another_grader_began_comes_before_the_rest() -> None:
    assert in_order(standing_of(RESULTS, begun={"c"}), order="selectivity")[0][0] == "c"


def test_nothing_is_next_when_all_are_graded() -> None:
    assert choose_next(Standing(results=RESULTS, left=[]), order="selectivity") is None


def test_a_seed_repeats_its_draw_among_ties_and_seeds_differ() -> None:
    results: dict[int, dict[str, bool | None]] = {output: {"x": True} for output in range(100)}
    first = [in_order(standing_of(results, seed=str(seed)), order="random")[0] for seed in range(10)]
    assert first == [in_order(standing_of(results, seed=str(seed)), order="random")[0] for seed in range(10)]
    assert len(set(first)) > 5


@given(results_strategy, st.sampled_from(["selectivity", "uncertainty", "random"]), st.text(max_size=3))
def test_every_output_is_asked_once(
    results: dict[int, dict[int, bool | None]], order: str, seed: str
) -> None:
    shown = in_order(standing_of(results, seed=seed), order=order)
    assert sorted(output for output, _ in shown) == sorted(results)
