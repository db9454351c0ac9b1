"""Which assertions to keep, as an integer program that is solved exactly (SPADE, arXiv 2401.03038).

Outputs that fail the same assertions are one row with a weight, so the program grows with the patterns of
failure and not with the outputs. Subsumption between assertions is not modelled.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, csr_array, eye_array

from annotation.domain.alignment import Selection, SelectionProblem, SelectionProblemError, describe_selection

Weights = NDArray[np.float64]
# HiGHS reports infeasibility with this status.
_INFEASIBLE = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Program:
    """Variables are [selected per assertion, caught per bad pattern, wronged per good pattern]."""

    assertions: int
    bad: NDArray[np.int64]
    good: NDArray[np.int64]
    links: LinearConstraint

    @property
    def size(self) -> Weights:
        """Weights that count the selected assertions."""
        return self._weights(np.ones(self.assertions), np.zeros_like(self.bad), np.zeros_like(self.good))

    @property
    def caught(self) -> Weights:
        """Weights that count the bad outputs which are failed."""
        return self._weights(np.zeros(self.assertions), self.bad, np.zeros_like(self.good))

    @property
    def wronged(self) -> Weights:
        """Weights that count the good outputs which are failed."""
        return self._weights(np.zeros(self.assertions), np.zeros_like(self.bad), self.good)

    def _weights(self, *parts: NDArray[np.int64] | Weights) -> Weights:
        return np.concatenate(parts).astype(np.float64)


def select_by_integer_program(
    problem: SelectionProblem, *, max_ffr: float, min_coverage: float | None = None
) -> Selection:
    """Choose assertions whose set has a false failure rate within `max_ffr`.

    With `min_coverage`: the fewest that reach it, and among these the largest coverage. Without: the largest
    coverage attainable, with as few assertions as possible. Then the fewest false failures.
    Raises SelectionProblemError where no selection fits.
    """
    _refuse_no_share(max_ffr, name="A tolerated false failure rate")
    program = _program(problem)
    bad, good = int(problem.is_bad.sum()), int((~problem.is_bad).sum())
    limits = [_at_most(program.wronged, _largest_count(max_ffr, of=good))]
    stages = [-program.caught, program.size, program.wronged]
    if min_coverage is not None:
        _refuse_no_share(min_coverage, name="A coverage to reach")
        limits.append(_at_least(program.caught, _needed(problem, min_coverage=min_coverage, bad=bad)))
        stages = [program.size, -program.caught, program.wronged]
    columns = _solve_in_turn(program, stages=stages, limits=limits)
    if columns is None:
        raise _out_of_reach(problem, max_ffr=max_ffr, min_coverage=min_coverage)
    return describe_selection(problem, selected=[problem.assertions[column].id for column in columns])


def _solve_in_turn(
    program: _Program, *, stages: Sequence[Weights], limits: Sequence[LinearConstraint]
) -> list[int] | None:
    """Minimise one figure after the other, keeping what was gained before; None where nothing fits."""
    constraints = [program.links, *limits]
    integrality = np.concatenate(
        [np.ones(program.assertions), np.zeros(len(program.bad) + len(program.good))]
    )
    found = None
    for weights in stages:
        found = milp(weights, integrality=integrality, bounds=Bounds(0, 1), constraints=constraints)
        if found.status == _INFEASIBLE:
            return None
        if not found.success:
            raise SelectionProblemError(f"The integer program could not be solved: {found.message}")
        constraints.append(_at_most(weights, round(float(found.fun))))
    return [column for column in range(program.assertions) if found is not None and found.x[column] > 0.5]


def _program(problem: SelectionProblem) -> _Program:
    bad_patterns, bad = _patterns(problem.fails[problem.is_bad])
    good_patterns, good = _patterns(problem.fails[~problem.is_bad])
    return _Program(
        assertions=len(problem.assertions),
        bad=bad,
        good=good,
        links=_links(bad_patterns, good_patterns),
    )


def _patterns(fails: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return the distinct rows that fail anything, (patterns, assertions), and how often each occurs."""
    failing = fails[fails.any(axis=1)]
    if not len(failing):
        return failing, np.zeros(0, dtype=np.int64)
    rows, counts = np.unique(failing, axis=0, return_counts=True)
    return rows, counts


def _links(bad: NDArray[np.bool_], good: NDArray[np.bool_]) -> LinearConstraint:
    """Tie outputs to assertions: a bad one is caught by a selected one only, a good one wronged by each."""
    patterns, assertions = np.nonzero(good)
    rows, ones = np.arange(len(patterns)), np.ones(len(patterns))
    picked = csr_array((ones, (rows, assertions)), shape=(len(rows), good.shape[1]))
    wronged = csr_array((ones, (rows, patterns)), shape=(len(rows), len(good)))
    catching = csr_array(-bad.astype(np.float64))
    rows_of_both = [[catching, eye_array(len(bad)), None], [picked, None, -wronged]]
    return LinearConstraint(block_array(rows_of_both, format="csr"), ub=0)


# Counts are whole, so half a unit of slack admits no other count and forgives the solver's rounding.
def _at_most(weights: Weights, count: int) -> LinearConstraint:
    return LinearConstraint(weights[None, :], ub=count + 0.5)


def _at_least(weights: Weights, count: int) -> LinearConstraint:
    return LinearConstraint(weights[None, :], lb=count - 0.5)


def _largest_count(share: float, *, of: int) -> int:
    """Return the largest count whose share of `of` is within `share`, divided as the report divides."""
    return max(count for count in range(of + 1) if not of or count / of <= share)


def _needed(problem: SelectionProblem, *, min_coverage: float, bad: int) -> int:
    if not bad:
        raise SelectionProblemError(
            "Coverage is undefined because no graded output is bad, so none can be asked for. "
            "Grade more outputs first."
        )
    return min(count for count in range(bad + 1) if count / bad >= min_coverage)


def _out_of_reach(
    problem: SelectionProblem, *, max_ffr: float, min_coverage: float | None
) -> SelectionProblemError:
    best = select_by_integer_program(problem, max_ffr=max_ffr).coverage or 0.0
    return SelectionProblemError(
        f"No set of assertions reaches a coverage of {min_coverage:g} with a false failure rate within "
        f"{max_ffr:g}; the largest coverage within it is {best:.4g}. "
        "Lower the coverage to reach, or tolerate more."
    )


def _refuse_no_share(share: float, *, name: str) -> None:
    if not 0 <= share <= 1:
        raise SelectionProblemError(f"{name} lies between 0 and 1, found {share}.")
