"""Choosing assertions by integer program, solved exactly (SPADE, arXiv 2401.03038, and its question turned round).

Binaries x_j (assertion j is chosen); u_i ≤ Σ x_j over the j that fail bad output i (i is caught); z_i ≥ x_j for each
j that fails good output i (i is failed wrongly). u and z need not be declared binary: where x is, they are at the
optimum. Aims are met one after the other, each with the earlier ones held, so that none is traded for another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic
from typing import Literal, TypeAlias

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from annotation.domain.criteria.alignment import (
    Flags,
    Selection,
    SelectionProblem,
    SelectionProblemError,
    describe_selection,
)
from annotation.domain.criteria.set_search import Limits, Patterns, find_fewest, find_most_caught

Aim: TypeAlias = Literal["most_caught", "fewest_chosen", "fewest_wronged"]

# Dozens of graded outputs take hundredths of a second; independent noise over thousands would take days.
SECONDS = 1.5
# What HiGHS, through SciPy, says when it has finished: with an optimum, or with the proof that there is none.
_FINISHED = (0, 2)


class UnattainableCoverageError(SelectionProblemError):
    """No set of assertions covers as much as is asked within the tolerance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """Chosen candidates (None: no choice keeps the limits), and whether it is proved that none is better."""

    chosen: list[int] | None
    is_proven: bool


def select_by_integer_program(
    problem: SelectionProblem, *, max_ffr: float, min_coverage: float | None = None, seconds: float = SECONDS
) -> Selection:
    """Choose the best set whose false failure rate is within `max_ffr`.

    Without `min_coverage`: the largest coverage, then the fewest assertions, then the fewest false failures.
    With it: the fewest assertions that reach it, then the largest coverage, then the fewest false failures.
    `is_proven` of the selection is False where the time ran out before the proof that none is better.
    Raises UnattainableCoverageError. Where no output is bad there is nothing to cover, and nothing is chosen.
    """
    _refuse_bounds_off_the_scale(problem, max_ffr=max_ffr, min_coverage=min_coverage)
    bad, good = problem.fails[problem.is_bad], problem.fails[~problem.is_bad]
    limits = Limits(most_wronged=_most_within(max_ffr, total=len(good)))
    aims: tuple[Aim, ...] = ("most_caught", "fewest_chosen", "fewest_wronged")
    if min_coverage is not None:
        limits = replace(limits, least_caught=_least_reaching(min_coverage, total=len(bad)))
        aims = ("fewest_chosen", "most_caught", "fewest_wronged")
    candidates = _candidates(bad, good, most_wronged=limits.most_wronged)
    patterns = Patterns.of(bad=bad[:, candidates], good=good[:, candidates])
    choice = _best_choice(patterns, aims=aims, limits=limits, seconds=seconds)
    if choice.chosen is None:
        raise _unattainable(problem, max_ffr=max_ffr, is_proven=choice.is_proven)
    ids = [problem.assertions[candidates[place]].id for place in choice.chosen]
    return replace(describe_selection(problem, selected=ids), is_proven=choice.is_proven)


def _best_choice(patterns: Patterns, *, aims: tuple[Aim, ...], limits: Limits, seconds: float) -> _Choice:
    """Start from a choice found quickly, and for one aim after the other ask for a better one."""
    ends_at = monotonic() + seconds
    is_proven = True
    chosen = (
        find_fewest(patterns, limits=limits)
        if limits.least_caught
        else find_most_caught(patterns, limits=limits)
    )
    for aim in aims:
        better = _ask_for_better(
            patterns, aim=aim, limits=limits, chosen=chosen, seconds=ends_at - monotonic()
        )
        is_proven = is_proven and better.is_proven
        chosen = chosen if better.chosen is None else better.chosen
        if chosen is None:
            break
        limits = _held(patterns, aim=aim, limits=limits, chosen=chosen)
    return _Choice(chosen=chosen, is_proven=is_proven)


def _ask_for_better(
    patterns: Patterns, *, aim: Aim, limits: Limits, chosen: list[int] | None, seconds: float
) -> _Choice:
    """Return the best choice for an aim that is better than the one at hand, or that there is none."""
    if chosen is not None:
        limits = _bettered(patterns, aim=aim, limits=limits, chosen=chosen)
    if _is_impossible(patterns, limits=limits):
        return _Choice(chosen=None, is_proven=True)
    if seconds <= 0:
        return _Choice(chosen=None, is_proven=False)
    return _solve(patterns, aim=aim, limits=limits, seconds=seconds)


def _solve(patterns: Patterns, *, aim: Aim, limits: Limits, seconds: float) -> _Choice:
    width = patterns.width
    no_x, no_u, no_z = np.zeros(width), 0 * patterns.bad_counts, 0 * patterns.good_counts
    size = np.concatenate([np.ones(width), no_u, no_z])
    caught = np.concatenate([no_x, patterns.bad_counts, no_z])
    wronged = np.concatenate([no_x, no_u, patterns.good_counts])
    result = milp(
        {"most_caught": -caught, "fewest_chosen": size, "fewest_wronged": wronged}[aim],
        integrality=size,
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(size, ub=min(limits.most_chosen, width)),
            LinearConstraint(caught, lb=limits.least_caught),
            LinearConstraint(wronged, ub=limits.most_wronged),
            LinearConstraint(_links(patterns), ub=0),
        ],
        # SciPy's default gap stops one in ten thousand short of the optimum.
        options={"mip_rel_gap": 0.0, "time_limit": seconds},
    )
    chosen = None if result.x is None else [place for place in range(width) if result.x[place] > 0.5]
    return _Choice(chosen=chosen, is_proven=result.status in _FINISHED)


def _links(patterns: Patterns) -> csr_array:
    """Return the rows u_i - Σ x_j ≤ 0, one per pattern of bad outputs, and x_j - z_i ≤ 0, one per failure."""
    width, bad_total = patterns.width, len(patterns.bad)
    bad_rows, bad_columns = np.nonzero(patterns.bad)
    good_rows, good_columns = np.nonzero(patterns.good)
    failures = bad_total + np.arange(len(good_rows))
    rows = np.concatenate([np.arange(bad_total), bad_rows, failures, failures])
    columns = np.concatenate(
        [width + np.arange(bad_total), bad_columns, good_columns, width + bad_total + good_rows]
    )
    signs = np.repeat([1.0, -1.0, 1.0, -1.0], [bad_total, len(bad_rows), len(failures), len(failures)])
    shape = (bad_total + len(failures), width + bad_total + len(patterns.good))
    return csr_array((signs, (rows, columns)), shape=shape)


def _held(patterns: Patterns, *, aim: Aim, limits: Limits, chosen: list[int]) -> Limits:
    """Return the limits under which later aims may not undo this one."""
    if aim == "most_caught":
        return replace(limits, least_caught=patterns.caught(chosen))
    if aim == "fewest_chosen":
        return replace(limits, most_chosen=len(chosen))
    return replace(limits, most_wronged=patterns.wronged(chosen))


def _bettered(patterns: Patterns, *, aim: Aim, limits: Limits, chosen: list[int]) -> Limits:
    """Return the limits that only a choice better than this one keeps."""
    if aim == "most_caught":
        return replace(limits, least_caught=patterns.caught(chosen) + 1)
    if aim == "fewest_chosen":
        return replace(limits, most_chosen=len(chosen) - 1)
    return replace(limits, most_wronged=patterns.wronged(chosen) - 1)


def _is_impossible(patterns: Patterns, *, limits: Limits) -> bool:
    """Tell whether the largest candidates together could not catch enough, even if they shared no output."""
    if limits.most_chosen < 0 or limits.most_wronged < 0:
        return True
    largest = np.sort(patterns.bad_counts @ patterns.bad)[::-1][: limits.most_chosen]
    return float(min(largest.sum(), patterns.bad_counts.sum())) < limits.least_caught


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


def _unattainable(problem: SelectionProblem, *, max_ffr: float, is_proven: bool) -> UnattainableCoverageError:
    # Where this question took all the time, the next one would too: name what is found at once.
    attainable = select_by_integer_program(problem, max_ffr=max_ffr, seconds=SECONDS if is_proven else 0.0)
    reached = "is" if is_proven and attainable.is_proven else "that was found in the time given is"
    return UnattainableCoverageError(
        f"Within a false failure rate of {max_ffr:g}, the largest coverage of these assertions {reached} "
        f"{attainable.coverage:.3f}. Ask for less, or tolerate more."
    )
