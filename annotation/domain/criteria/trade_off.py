"""What each tolerance buys: the largest coverage within it, and how few assertions reach that."""

from dataclasses import dataclass
from time import monotonic

import numpy as np

from annotation.domain.criteria.alignment import Selection, SelectionProblem, measure_assertions
from annotation.domain.criteria.integer_program import select_by_integer_program

# As many points as a chart shows apart.
POINTS = 16
SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeOff:
    """The points of the curve, each better in coverage than the one before; False where time ran out for a proof."""

    points: tuple[Selection, ...]
    is_proven: bool


def trade_off(problem: SelectionProblem, *, seconds: float = SECONDS) -> TradeOff:
    """Return the best choices at growing false failure rates; no points where coverage is undefined.

    A point is left out where tolerating more buys no coverage.
    """
    if not problem.is_bad.any():
        return TradeOff(points=(), is_proven=True)
    ends_at = monotonic() + seconds
    tolerances = _tolerances(problem)
    points: list[Selection] = []
    is_proven = True
    for number, tolerance in enumerate(tolerances):
        room = max(0.0, (ends_at - monotonic()) / (len(tolerances) - number))
        best = select_by_integer_program(problem, max_ffr=tolerance, seconds=room)
        is_proven = is_proven and bool(best.is_proven)
        if not points or (best.coverage or 0.0) > (points[-1].coverage or 0.0):
            points.append(best)
        if best.coverage == _reachable(problem):
            break
    return TradeOff(points=tuple(points), is_proven=is_proven)


def _tolerances(problem: SelectionProblem) -> list[float]:
    """Return the false failure rates at which the choice can change: k of n good outputs, at most POINTS of them."""
    good = int((~problem.is_bad).sum())
    if not good:
        return [0.0]
    counts = list(range(good + 1))
    if len(counts) > POINTS:
        counts = sorted({round(float(at)) for at in np.linspace(0, good, POINTS)})
    return [count / good for count in counts]


def _reachable(problem: SelectionProblem) -> float:
    """Return the coverage of all assertions together: no choice covers more."""
    return float(problem.fails[problem.is_bad].any(axis=1).mean()) if measure_assertions(problem) else 0.0
