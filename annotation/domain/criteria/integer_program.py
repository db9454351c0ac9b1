"""Choosing assertions by integer program, solved exactly (SPADE, arXiv 2401.03038, and its question turned round).

Binaries x_j (assertion j is chosen); u_i ≤ Σ x_j over the j that fail bad output i (i is caught); z_i ≥ x_j for each
j that fails good output i (i is failed wrongly). u and z need not be declared binary: where x is, they are at the
optimum. t is 0, and with it every x_j, where no better choice than the one at hand is sought. Aims are met one after
the other, each with the earlier ones held, so that none is traded for another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from annotation.domain.criteria.alignment import (
    Aim,
    Flags,
    Gap,
    Selection,
    SelectionProblem,
    SelectionProblemError,
    describe_selection,
)
from annotation.domain.criteria.set_search import Limits, Patterns, find_fewest, find_most_caught

# By which sign each aim is minimised.
_SIGNS: Mapping[Aim, int] = {"most_caught": -1, "fewest_chosen": 1, "fewest_wronged": 1}
# Dozens of graded outputs take hundredths of a second; independent noise over thousands would take days.
SECONDS = 1.5
# What HiGHS, through SciPy, says when it has finished: with an optimum, or with the proof that there is none.
_FINISHED = (0, 2)


class UnattainableCoverageError(SelectionProblemError):
    """No set of assertions covers as much as is asked within the tolerance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """Chosen candidates (None: none found that keeps the limits); whether it is proved that none is better.

    Where it is not, `bound` is what no choice betters, if that much is proved.
    """

    chosen: list[int] | None
    is_proven: bool
    bound: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sequel:
    """What came of all aims: the choice, and the first aim whose proof is missing, with its bound."""

    chosen: list[int] | None
    unproven: Aim | None = None
    bound: float = 0.0


def select_by_integer_program(
    problem: SelectionProblem, *, max_ffr: float, min_coverage: float | None = None, seconds: float = SECONDS
) -> Selection:
    """Choose the best set whose false failure rate is within `max_ffr`.

    Without `min_coverage`: the largest coverage, then the fewest assertions, then the fewest false failures.
    With it: the fewest assertions that reach it, then the largest coverage, then the fewest false failures.
    `is_proven` of the selection is False where the time ran out before the proof that none is better; `gap` says then
    what is proved.
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
    found = _best_choice(patterns, aims=aims, limits=limits, seconds=seconds)
    if found.chosen is None:
        raise _unattainable(problem, max_ffr=max_ffr, is_proven=found.unproven is None)
    ids = [problem.assertions[candidates[place]].id for place in found.chosen]
    return replace(
        describe_selection(problem, selected=ids),
        is_proven=found.unproven is None,
        gap=_gap(found, bad=len(bad), good=len(good)),
    )


def _best_choice(patterns: Patterns, *, aims: tuple[Aim, ...], limits: Limits, seconds: float) -> _Sequel:
    """Start from a choice found quickly, and for one aim after the other ask for a better one."""
    ends_at = monotonic() + seconds
    find = find_fewest if limits.least_caught else find_most_caught
    found = _Sequel(chosen=find(patterns, limits=limits))
    for aim in aims:
        better = _ask_for_better(
            patterns, aim=aim, limits=limits, chosen=found.chosen, seconds=ends_at - monotonic()
        )
        if better.chosen is not None:
            found = replace(found, chosen=better.chosen)
        if not better.is_proven and found.unproven is None:
            found = replace(found, unproven=aim, bound=_bound(patterns, better, aim=aim, limits=limits))
        if found.chosen is None:
            break
        limits = _limited(patterns, aim=aim, limits=limits, chosen=found.chosen)
    return found


def _ask_for_better(
    patterns: Patterns, *, aim: Aim, limits: Limits, chosen: list[int] | None, seconds: float
) -> _Choice:
    """Return the best choice for an aim that is better than the one at hand, or that there is none."""
    if chosen is not None:
        limits = _limited(patterns, aim=aim, limits=limits, chosen=chosen, step=1)
    if _is_impossible(patterns, limits=limits):
        return _Choice(chosen=None, is_proven=True)
    if seconds <= 0:
        return _Choice(chosen=None, is_proven=False)
    kept = None if chosen is None else _reached(patterns, aim=aim, chosen=chosen)
    return _solve(patterns, aim=aim, limits=limits, kept=kept, seconds=seconds)


def _solve(patterns: Patterns, *, aim: Aim, limits: Limits, kept: int | None, seconds: float) -> _Choice:
    """Ask HiGHS. One more binary says whether a better choice is sought at all, or the one at hand is `kept`.

    So there is always a solution to begin with, without which HiGHS tells no bound when its time is up.
    """
    width = patterns.width
    no_x, no_u, no_z = np.zeros(width), 0 * patterns.bad_counts, 0 * patterns.good_counts
    size = np.concatenate([np.ones(width), no_u, no_z, [0]])
    caught = np.concatenate([no_x, patterns.bad_counts, no_z, [0]])
    wronged = np.concatenate([no_x, no_u, patterns.good_counts, [0]])
    is_sought = np.concatenate([no_x, no_u, no_z, [1]])
    minimised = {"most_caught": -caught, "fewest_chosen": size, "fewest_wronged": wronged}[aim]
    worth = 0 if kept is None else _SIGNS[aim] * kept
    result = milp(
        minimised - worth * is_sought,
        integrality=size + is_sought,
        bounds=Bounds(is_sought if kept is None else 0, 1),
        constraints=[
            LinearConstraint(size - min(limits.most_chosen, width) * is_sought, ub=0),
            LinearConstraint(caught - limits.least_caught * is_sought, lb=0),
            LinearConstraint(wronged, ub=limits.most_wronged),
            LinearConstraint(_links(patterns), ub=0),
        ],
        # SciPy's default gap stops one in ten thousand short of the optimum.
        options={"mip_rel_gap": 0.0, "time_limit": seconds},
    )
    chosen = None
    if result.x is not None and result.x[-1] > 0.5:
        chosen = [place for place in range(width) if result.x[place] > 0.5]
    bound = None
    if kept is not None and result.mip_dual_bound is not None:
        # HiGHS counts in floating point; what it bounds is a whole number.
        bound = float(kept + _SIGNS[aim] * np.ceil(result.mip_dual_bound - 1e-6))
    return _Choice(chosen=chosen, is_proven=result.status in _FINISHED, bound=bound)


def _bound(patterns: Patterns, asked: _Choice, *, aim: Aim, limits: Limits) -> float:
    """Return what no choice betters, by what HiGHS proved so far and by counting alone."""
    counted = _counted(patterns, aim=aim, limits=limits)
    if asked.bound is None:
        return counted
    return min(asked.bound, counted) if aim == "most_caught" else max(asked.bound, counted)


def _links(patterns: Patterns) -> csr_array:
    """Return the rows u_i - Σ x_j ≤ 0, one per bad pattern, and x_j - z_i ≤ 0, one per failure."""
    width, bad_total, good_total = patterns.width, len(patterns.bad), len(patterns.good)
    bad_rows, bad_columns = np.nonzero(patterns.bad)
    good_rows, good_columns = np.nonzero(patterns.good)
    last = width + bad_total + good_total
    failures = bad_total + np.arange(len(good_rows))
    rows = np.concatenate([np.arange(bad_total), bad_rows, failures, failures])
    columns = np.concatenate(
        [width + np.arange(bad_total), bad_columns, good_columns, width + bad_total + good_rows]
    )
    signs = np.repeat([1.0, -1.0, 1.0, -1.0], [bad_total, len(bad_rows), len(failures), len(failures)])
    return csr_array((signs, (rows, columns)), shape=(len(failures) + bad_total, last + 1))


def _reached(patterns: Patterns, *, aim: Aim, chosen: list[int]) -> int:
    """Return how far a choice gets towards an aim."""
    if aim == "most_caught":
        return patterns.caught(chosen)
    return len(chosen) if aim == "fewest_chosen" else patterns.wronged(chosen)


def _limited(patterns: Patterns, *, aim: Aim, limits: Limits, chosen: list[int], step: int = 0) -> Limits:
    """Return the limits that only a choice as good as this one for an aim keeps, or better by a step."""
    reached = _reached(patterns, aim=aim, chosen=chosen)
    if aim == "most_caught":
        return replace(limits, least_caught=reached + step)
    if aim == "fewest_chosen":
        return replace(limits, most_chosen=reached - step)
    return replace(limits, most_wronged=reached - step)


def _gap(found: _Sequel, *, bad: int, good: int) -> Gap | None:
    """Return what is proved of the first aim whose proof is missing, in the figures that people read."""
    if found.unproven is None:
        return None
    total = {"most_caught": bad, "fewest_chosen": 1, "fewest_wronged": good}[found.unproven]
    return Gap(aim=found.unproven, bound=found.bound / total)


def _is_impossible(patterns: Patterns, *, limits: Limits) -> bool:
    """Tell whether the largest candidates together could not catch enough, even if they shared no output."""
    if limits.most_chosen < 0 or limits.most_wronged < 0:
        return True
    return _counted(patterns, aim="most_caught", limits=limits) < limits.least_caught


def _counted(patterns: Patterns, *, aim: Aim, limits: Limits) -> float:
    """Return what no choice betters, as if the largest candidates shared no output and wronged none."""
    largest = np.sort(patterns.bad_counts @ patterns.bad)[::-1].cumsum()
    if aim == "most_caught":
        attainable = largest[: limits.most_chosen][-1:].sum()
        return float(min(attainable, patterns.bad_counts.sum()))
    return float(np.searchsorted(largest, limits.least_caught) + 1) if aim == "fewest_chosen" else 0.0


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
