"""Choosing assertions by integer program, solved exactly (SPADE, arXiv 2401.03038, and its question turned round).

Binaries x_j (assertion j is chosen); u_i ≤ Σ x_j over the j that fail bad output i (i is caught); z_i ≥ x_j for each
j that fails good output i (i is failed wrongly). u and z need not be declared binary: where x is, they are at the
optimum. Aims are met one after the other, each with the earlier ones held, so that none is traded for another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from annotation.domain.alignment import (
    Flags,
    Selection,
    SelectionProblem,
    SelectionProblemError,
    describe_selection,
)

Vector: TypeAlias = NDArray[np.float64]
Aim: TypeAlias = Literal["most_caught", "fewest_chosen", "fewest_wronged"]


class UnattainableCoverageError(SelectionProblemError):
    """No set of assertions covers as much as is asked within the tolerance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    """What a solution has to keep to, in numbers of assertions and of outputs."""

    most_wronged: int
    least_caught: int = 0
    most_chosen: int = 10**9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Program:
    """Outputs that fare alike are one variable. `bad` and `good` have the shape (patterns, candidates)."""

    bad: Flags
    bad_counts: Vector
    good: Flags
    good_counts: Vector

    @property
    def chosen_weights(self) -> Vector:
        """Weights that count the chosen assertions; the variables are x, u and z in this order."""
        return np.concatenate([np.ones(self.bad.shape[1]), 0 * self.bad_counts, 0 * self.good_counts])

    @property
    def caught_weights(self) -> Vector:
        """Weights that count the bad outputs that are caught."""
        return np.concatenate([np.zeros(self.bad.shape[1]), self.bad_counts, 0 * self.good_counts])

    @property
    def wronged_weights(self) -> Vector:
        """Weights that count the good outputs that are failed."""
        return np.concatenate([np.zeros(self.bad.shape[1]), 0 * self.bad_counts, self.good_counts])


def select_by_integer_program(
    problem: SelectionProblem, *, max_ffr: float, min_coverage: float | None = None
) -> Selection:
    """Choose the best set whose false failure rate is within `max_ffr`.

    Without `min_coverage`: the largest coverage, then the fewest assertions, then the fewest false failures.
    With it: the fewest assertions that reach it, then the largest coverage, then the fewest false failures.
    Raises UnattainableCoverageError. Where no output is bad there is nothing to cover, and nothing is chosen.
    """
    _refuse_bounds_off_the_scale(problem, max_ffr=max_ffr, min_coverage=min_coverage)
    bad, good = problem.fails[problem.is_bad], problem.fails[~problem.is_bad]
    limits = _Limits(most_wronged=_most_within(max_ffr, total=len(good)))
    aims: tuple[Aim, ...] = ("most_caught", "fewest_chosen", "fewest_wronged")
    if min_coverage is not None:
        limits = replace(limits, least_caught=_least_reaching(min_coverage, total=len(bad)))
        aims = ("fewest_chosen", "most_caught", "fewest_wronged")
    candidates = _candidates(bad, good, most_wronged=limits.most_wronged)
    chosen = _solve_in_turn(_program(bad[:, candidates], good[:, candidates]), aims=aims, limits=limits)
    if chosen is None:
        raise _unattainable(problem, max_ffr=max_ffr)
    return describe_selection(
        problem, selected=[problem.assertions[candidates[place]].id for place in chosen]
    )


def _solve_in_turn(program: _Program, *, aims: tuple[Aim, ...], limits: _Limits) -> list[int] | None:
    """Return the places of the chosen candidates, or None where no choice keeps the limits."""
    if not program.bad.size:
        return None if limits.least_caught else []
    solution = np.zeros(len(program.chosen_weights))
    for aim in aims:
        found = _solve(program, aim=aim, limits=limits)
        if found is None:
            return None
        solution = found
        limits = _held(program, aim=aim, limits=limits, solution=solution)
    return [place for place in range(program.bad.shape[1]) if solution[place] > 0.5]


def _solve(program: _Program, *, aim: Aim, limits: _Limits) -> Vector | None:
    """Return an optimal solution; None where none keeps the limits."""
    chosen, caught, wronged = program.chosen_weights, program.caught_weights, program.wronged_weights
    costs = {"most_caught": -caught, "fewest_chosen": chosen, "fewest_wronged": wronged}
    result = milp(
        costs[aim],
        integrality=chosen,
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(chosen, ub=limits.most_chosen),
            LinearConstraint(caught, lb=limits.least_caught),
            LinearConstraint(wronged, ub=limits.most_wronged),
            LinearConstraint(_links(program), ub=0),
        ],
        # SciPy's default stops one in ten thousand short of the optimum.
        options={"mip_rel_gap": 0.0},
    )
    return None if result.x is None else np.asarray(result.x, dtype=np.float64)


def _held(program: _Program, *, aim: Aim, limits: _Limits, solution: Vector) -> _Limits:
    """Return the limits under which later aims may not undo this one."""
    if aim == "most_caught":
        return replace(limits, least_caught=_count(program.caught_weights, solution=solution))
    if aim == "fewest_chosen":
        return replace(limits, most_chosen=_count(program.chosen_weights, solution=solution))
    return replace(limits, most_wronged=_count(program.wronged_weights, solution=solution))


def _count(weights: Vector, *, solution: Vector) -> int:
    return round(float(np.dot(weights, solution)))


def _links(program: _Program) -> csr_array:
    """Return the rows u_i - Σ x_j ≤ 0, one per pattern of bad outputs, and x_j - z_i ≤ 0, one per failure."""
    candidates, patterns = program.bad.shape[1], len(program.bad)
    bad_rows, bad_columns = np.nonzero(program.bad)
    good_rows, good_columns = np.nonzero(program.good)
    failures = patterns + np.arange(len(good_rows))
    rows = np.concatenate([np.arange(patterns), bad_rows, failures, failures])
    columns = np.concatenate(
        [candidates + np.arange(patterns), bad_columns, good_columns, candidates + patterns + good_rows]
    )
    is_u_or_chosen = np.repeat(
        [1.0, -1.0, 1.0, -1.0], [patterns, len(bad_rows), len(failures), len(failures)]
    )
    shape = (patterns + len(failures), candidates + patterns + len(program.good))
    return csr_array((is_u_or_chosen, (rows, columns)), shape=shape)


def _candidates(bad: Flags, good: Flags, *, most_wronged: int) -> list[int]:
    """Return the assertions that an optimal set may need.

    Left out: what catches nothing, what alone is beyond the tolerance, and what another one betters: that catches
    at least the same and wrongs at most the same (of two that are equal, the first stays).
    """
    useful = np.flatnonzero(bad.any(axis=0) & (good.sum(axis=0) <= most_wronged))
    caught, wronged = bad[:, useful].astype(np.float32), good[:, useful].astype(np.float32)
    misses = caught.T @ (1 - caught)
    harms = (1 - wronged).T @ wronged
    # [j, k]: k catches all that j does, and wrongs nothing that j does not.
    betters = (misses == 0) & (harms == 0)
    is_strict = ~betters.T | np.tri(len(useful), k=-1, dtype=np.bool_)
    return [int(column) for column in useful[~(betters & is_strict).any(axis=1)]]


def _program(bad: Flags, good: Flags) -> _Program:
    bad_patterns, bad_counts = _patterns(bad)
    good_patterns, good_counts = _patterns(good)
    return _Program(bad=bad_patterns, bad_counts=bad_counts, good=good_patterns, good_counts=good_counts)


def _patterns(fails: Flags) -> tuple[Flags, Vector]:
    """Return the distinct rows in which something fails, and how often each occurs."""
    patterns, counts = np.unique(fails[fails.any(axis=1)], axis=0, return_counts=True)
    return patterns, counts.astype(np.float64)


def _most_within(share: float, *, total: int) -> int:
    """Return the largest count whose share of the total is within; compared as the figures themselves are."""
    return max((count for count in range(total + 1) if not total or count / total <= share), default=0)


def _least_reaching(share: float, *, total: int) -> int:
    return min(count for count in range(total + 1) if count / total >= share)


def _refuse_bounds_off_the_scale(
    problem: SelectionProblem, *, max_ffr: float, min_coverage: float | None
) -> None:
    for name, bound in (("tolerated false failure rate", max_ffr), ("minimal coverage", min_coverage)):
        if bound is not None and not 0 <= bound <= 1:
            message = f"A {name} lies between 0 and 1, found {bound}."
            raise SelectionProblemError(message)
    if min_coverage is not None and not problem.is_bad.any():
        message = "No graded output is bad, so coverage is undefined and none can be asked for."
        raise SelectionProblemError(message)


def _unattainable(problem: SelectionProblem, *, max_ffr: float) -> UnattainableCoverageError:
    attainable = select_by_integer_program(problem, max_ffr=max_ffr)
    return UnattainableCoverageError(
        f"Within a false failure rate of {max_ffr:g}, the largest coverage that these assertions reach is "
        f"{attainable.coverage:.3f}. Ask for less, or tolerate more."
    )
