import random
from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.domain.criteria.alignment import (
    Confusion,
    SelectionProblem,
    SelectionProblemError,
    measure_set,
    select_by_threshold,
)
from annotation.domain.criteria.integer_program import UnattainableCoverageError, select_by_integer_program
from tests.annotation.problem_cases import make_problem, problems

shares = st.sampled_from([0.0, 0.1, 0.25, 1 / 3, 0.5, 0.75, 1.0])


def within(problem: SelectionProblem, max_ffr: float) -> list[tuple[int, Confusion]]:
    """Try every set: its size and confusion, where it keeps to the tolerance."""
    ids = [assertion.id for assertion in problem.assertions]
    sets = chain.from_iterable(combinations(ids, size) for size in range(len(ids) + 1))
    measured = [(len(chosen), measure_set(problem, selected=chosen)) for chosen in sets]
    return [(size, together) for size, together in measured if (together.false_failure_rate or 0) <= max_ffr]


def rank(size: int, together: Confusion) -> tuple[int, int, int]:
    """Largest coverage first, then the fewest assertions, then the fewest false failures."""
    return -together.true_fail, size, together.false_fail


@settings(deadline=None)
@given(problems(), shares)
def test_the_largest_coverage_equals_brute_force(problem: SelectionProblem, max_ffr: float) -> None:
    selection = select_by_integer_program(problem, max_ffr=max_ffr, seconds=60)
    best = min(rank(size, together) for size, together in within(problem, max_ffr))
    assert rank(len(selection.selected), selection.together) == best
    assert selection.is_proven


@settings(deadline=None)
@given(problems(), shares, shares)
def test_the_fewest_that_cover_enough_equal_brute_force(
    problem: SelectionProblem, max_ffr: float, min_coverage: float
) -> None:
    if not problem.is_bad.any():
        return
    enough = [found for found in within(problem, max_ffr) if (found[1].coverage or 0) >= min_coverage]
    if not enough:
        with pytest.raises(UnattainableCoverageError):
            select_by_integer_program(problem, max_ffr=max_ffr, min_coverage=min_coverage)
        return
    selection = select_by_integer_program(problem, max_ffr=max_ffr, min_coverage=min_coverage)
    best = min((size, -together.true_fail, together.false_fail) for size, together in enough)
    assert (len(selection.selected), -selection.together.true_fail, selection.together.false_fail) == best


@settings(deadline=None)
@given(problems(), shares)
def test_it_never_covers_less_than_the_threshold_rule_at_the_rate_that_rule_ends_with(
    problem: SelectionProblem, max_ffr: float
) -> None:
    by_rule = select_by_threshold(problem, max_ffr=max_ffr)
    exact = select_by_integer_program(problem, max_ffr=by_rule.false_failure_rate or 0.0)
    assert (exact.coverage or 0) >= (by_rule.coverage or 0)


def test_without_time_for_a_proof_the_choice_keeps_the_tolerance_and_says_so() -> None:
    dice = random.Random(1)
    grades = [dice.random() > 0.3 for _ in range(300)]
    results = [[dice.random() > (0.02 if good else 0.3) for _ in range(60)] for good in grades]
    selection = select_by_integer_program(make_problem(results, grades=grades), max_ffr=0.1, seconds=0)
    assert selection.is_proven is False
    assert (selection.false_failure_rate or 0) <= 0.1
    assert (selection.coverage or 0) > 0.8


@settings(deadline=None)
@given(problems(), shares, st.sampled_from([0.0, 0.001, 0.01]))
def test_where_time_runs_out_what_is_proved_holds(
    problem: SelectionProblem, max_ffr: float, seconds: float
) -> None:
    selection = select_by_integer_program(problem, max_ffr=max_ffr, seconds=seconds)
    caught, size, wronged = min(rank(size, together) for size, together in within(problem, max_ffr))
    assert (selection.gap is None) == selection.is_proven
    if selection.gap is not None:
        best = {
            "most_caught": -caught / problem.is_bad.sum(),
            "fewest_chosen": size,
            "fewest_wronged": wronged / max(1, (~problem.is_bad).sum()),
        }
        sign = -1 if selection.gap.aim == "most_caught" else 1
        assert sign * selection.gap.bound <= sign * best[selection.gap.aim] + 1e-9


def test_where_time_runs_out_it_is_said_how_much_might_be_gained() -> None:
    dice = random.Random(1)
    grades = [dice.random() > 0.3 for _ in range(200)]
    results = [[dice.random() > (0.05 if good else 0.2) for _ in range(40)] for good in grades]
    selection = select_by_integer_program(make_problem(results, grades=grades), max_ffr=0.2, seconds=0.3)
    assert selection.gap is not None
    assert selection.gap.aim == "most_caught"
    assert (selection.coverage or 0) < selection.gap.bound <= 1
    assert selection.as_json()["at_best"] == {"most_caught": selection.gap.bound}


def test_one_assertion_replaces_two_that_cover_the_same() -> None:
    results = [[False, True, False], [True, False, False], [True, True, True]]
    problem = make_problem(results, grades=[False, False, True])
    assert select_by_integer_program(problem, max_ffr=0.0).selected == ("a2",)


def test_false_failures_of_several_assertions_add_up() -> None:
    # Each alone fails one of four good outputs, together they fail two.
    results = [[False, True], [True, False], [False, True], [True, False], [True, True], [True, True]]
    problem = make_problem(results, grades=[False, False, True, True, True, True])
    assert len(select_by_integer_program(problem, max_ffr=0.25).selected) == 1
    assert len(select_by_integer_program(problem, max_ffr=0.5).selected) == 2


def test_without_bad_outputs_nothing_is_chosen_and_coverage_is_undefined() -> None:
    selection = select_by_integer_program(make_problem([[False]], grades=[True]), max_ffr=1.0)
    assert selection.selected == ()
    assert "coverage" in selection.together.undefined


def test_what_cannot_be_reached_names_what_can() -> None:
    problem = make_problem([[False], [True], [True]], grades=[False, False, True])
    with pytest.raises(UnattainableCoverageError, match=r"the largest coverage .* is 0\.500"):
        select_by_integer_program(problem, max_ffr=0.0, min_coverage=0.9)


@pytest.mark.parametrize("bounds", [{"max_ffr": 1.5}, {"max_ffr": 0.2, "min_coverage": -0.1}])
def test_bounds_off_the_scale_are_refused(bounds: dict[str, float]) -> None:
    with pytest.raises(SelectionProblemError, match="lies between 0 and 1"):
        select_by_integer_program(make_problem([[False]], grades=[False]), **bounds)


def test_a_minimal_coverage_without_bad_outputs_is_refused() -> None:
    with pytest.raises(SelectionProblemError, match="No graded output is bad"):
        select_by_integer_program(make_problem([[False]], grades=[True]), max_ffr=0.2, min_coverage=0.5)
