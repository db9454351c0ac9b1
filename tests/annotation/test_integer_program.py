from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.domain.alignment import Confusion, SelectionProblem, SelectionProblemError, measure_set
from annotation.domain.integer_program import select_by_integer_program
from tests.annotation.problem_cases import make_problem, problems

SHARES = st.sampled_from([0.0, 0.1, 0.25, 1 / 3, 0.5, 0.6, 2 / 3, 0.9, 1.0])


def every_set(problem: SelectionProblem, *, max_ffr: float) -> list[tuple[int, Confusion]]:
    """Return size and figures of every set of assertions within the tolerance."""
    ids = [assertion.id for assertion in problem.assertions]
    subsets = [list(chosen) for size in range(len(ids) + 1) for chosen in combinations(ids, size)]
    measured = [(len(chosen), measure_set(problem, selected=chosen)) for chosen in subsets]
    return [(size, figures) for size, figures in measured if (figures.false_failure_rate or 0.0) <= max_ffr]


@settings(max_examples=60, deadline=None)
@given(problems(), SHARES)
def test_without_a_coverage_the_largest_is_reached_by_the_fewest(
    problem: SelectionProblem, max_ffr: float
) -> None:
    chosen = select_by_integer_program(problem, max_ffr=max_ffr)
    best = min(
        (-figures.true_fail, size, figures.false_fail)
        for size, figures in every_set(problem, max_ffr=max_ffr)
    )
    assert (-chosen.together.true_fail, len(chosen.selected), chosen.together.false_fail) == best


@settings(max_examples=60, deadline=None)
@given(problems(), SHARES, SHARES)
def test_with_a_coverage_the_fewest_reach_it_or_nothing_does(
    problem: SelectionProblem, max_ffr: float, min_coverage: float
) -> None:
    fitting = [
        (size, -figures.true_fail, figures.false_fail)
        for size, figures in every_set(problem, max_ffr=max_ffr)
        if figures.coverage is not None and figures.coverage >= min_coverage
    ]
    if not fitting:
        with pytest.raises(SelectionProblemError):
            select_by_integer_program(problem, max_ffr=max_ffr, min_coverage=min_coverage)
        return
    chosen = select_by_integer_program(problem, max_ffr=max_ffr, min_coverage=min_coverage)
    assert (len(chosen.selected), -chosen.together.true_fail, chosen.together.false_fail) == min(fitting)


def test_what_is_out_of_reach_is_said_with_what_is_not() -> None:
    problem = make_problem([[False], [True]], grades=[False, False])
    with pytest.raises(SelectionProblemError, match=r"largest coverage within it is 0\.5"):
        select_by_integer_program(problem, max_ffr=0.25, min_coverage=0.9)


def test_a_coverage_cannot_be_asked_for_where_no_output_is_bad() -> None:
    problem = make_problem([[False], [True]], grades=[True, True])
    with pytest.raises(SelectionProblemError, match="no graded output is bad"):
        select_by_integer_program(problem, max_ffr=0.25, min_coverage=0.5)


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_tolerance_that_is_no_share_is_refused(share: float) -> None:
    problem = make_problem([[False]], grades=[False])
    with pytest.raises(SelectionProblemError, match="between 0 and 1"):
        select_by_integer_program(problem, max_ffr=share)


def test_a_tolerance_at_the_boundary_is_kept_as_the_report_would_compute_it() -> None:
    problem = make_problem([[False]] * 29 + [[True]] * 71 + [[False]], grades=[True] * 100 + [False])
    assert select_by_integer_program(problem, max_ffr=0.29).selected == ("a0",)
