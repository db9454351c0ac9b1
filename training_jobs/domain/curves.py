"""Curves of a run: thinned for a screen without losing their extremes, and what their shape warns of."""

from collections.abc import Sequence
from math import ceil
from statistics import fmean

Point = tuple[int, float]

# Fewer steps say nothing about a trend.
FEWEST_FOR_A_TREND = 4


def thin(points: Sequence[Point], *, limit: int) -> list[Point]:
    """Return at most `limit` points, at least 2, in their order: of each stretch the lowest and the highest."""
    if len(points) <= limit:
        return list(points)
    kept: list[Point] = []
    width = ceil(len(points) / (limit // 2))
    for start in range(0, len(points), width):
        stretch = points[start : start + width]
        extremes = {min(stretch, key=_value), max(stretch, key=_value)}
        kept.extend(sorted(extremes))
    return kept


def _value(point: Point) -> float:
    return point[1]


def both_fall(chosen: Sequence[Point], rejected: Sequence[Point]) -> bool:
    """Say whether training has made both answers less likely than before: likelihood displacement.

    Rewards start at 0; the mean of the last quarter of each curve decides. Razin et al. 2024.
    """
    if min(len(chosen), len(rejected)) < FEWEST_FOR_A_TREND:
        return False
    return all(_late_mean(curve) < 0 for curve in (chosen, rejected))


def _late_mean(curve: Sequence[Point]) -> float:
    return fmean(value for _step, value in curve[-max(1, len(curve) // 4) :])
