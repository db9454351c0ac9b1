"""How much each way of asking moves the answers, and which differences are larger than that.

The rule: a difference that is smaller than the largest effect of presentation is not reported as a difference.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from annotation.domain.robustness.presentations import FloatArray, Presentations
from curation.domain.versions.intervals import Interval

ROUNDS = 1000
TORN = 0.5
RATED = "is rated higher than"


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentationEffect:
    """One dimension: the mean at each level, the spread between the lowest and the highest, with its 95 % interval.

    flip_rate: among pairs of judgements that differ in this dimension only, the share on two sides of the middle.
    """

    dimension: str
    means: Mapping[str, float]
    spread: float
    interval: Interval | None
    flip_rate: float | None

    def as_json(self) -> dict[str, Any]:
        """Return the effect as commands print it."""
        return {
            "means": dict(self.means),
            "spread": self.spread,
            "interval": list(self.interval) if self.interval else None,
            "flip_rate": self.flip_rate,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """The difference between two systems over the items that both have; presentation: what it must exceed."""

    one: str
    other: str
    difference: float
    interval: Interval | None
    presentation: float
    items: int
    act: str = RATED

    @property
    def verdict(self) -> str:
        """Return "difference", "presentation" (not larger than that), or "chance"."""
        if self.interval is None or self.interval.low <= 0 <= self.interval.high:
            return "chance"
        return "difference" if abs(self.difference) > self.presentation else "presentation"

    @property
    def sentence(self) -> str:
        """Return what may be said."""
        size = f"{abs(self.difference):.3f}"
        if self.verdict == "chance":
            return f"{self.one} and {self.other} are not distinguishable: the interval of their difference holds 0."
        if self.verdict == "presentation":
            return (
                f"The difference between {self.one} and {self.other} ({size}) is not distinguishable from"
                f" presentation: how the question is put moves answers by {self.presentation:.3f}."
            )
        higher, lower = (self.one, self.other) if self.difference > 0 else (self.other, self.one)
        return (
            f"{higher} {self.act} {lower} by {size}, more than how the question is put moves answers"
            f" ({self.presentation:.3f})."
        )

    def as_json(self) -> dict[str, Any]:
        """Return the contrast as commands print it."""
        return {
            "systems": [self.one, self.other],
            "difference": self.difference,
            "interval": list(self.interval) if self.interval else None,
            "presentation": self.presentation,
            "items": self.items,
            "verdict": self.verdict,
            "sentence": self.sentence,
        }


def presentation_effects(
    table: Presentations, *, rounds: int = ROUNDS, seed: int = 0
) -> list[PresentationEffect]:
    """Return the effect of each dimension of two levels or more, the largest first."""
    effects = [
        _effect(table, at, rounds=rounds, seed=seed)
        for at in range(len(table.dimensions))
        if len(table.level_names[at]) > 1 and len(table.values)
    ]
    return sorted(effects, key=lambda effect: -effect.spread)


def contrasts(
    table: Presentations,
    *,
    effects: list[PresentationEffect],
    act: str = RATED,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> list[Contrast]:
    """Compare every two systems over their common items, each under all presentations alike; `act` says of one more.

    What a difference must exceed is the largest spread of any dimension, of the answers themselves or of the
    difference: presentation that moves both systems alike would cancel, but only if both were asked alike.
    """
    least = max((effect.spread for effect in effects), default=0.0)
    found = []
    for one, other in combinations(range(len(table.systems)), 2):
        paired = _paired(table, one, other)
        if len(paired):
            contrast = _contrast(table, (one, other), paired, least, rounds=rounds, seed=seed)
            found.append(replace(contrast, act=act))
    return found


def _contrast(
    table: Presentations, pair: tuple[int, int], paired: FloatArray, least: float, *, rounds: int, seed: int
) -> Contrast:
    swings = (
        np.ptp(_level_means(table, at, paired.mean(axis=0)[None, :])) for at in range(len(table.dimensions))
    )
    by_item = paired.mean(axis=1)
    draws = _draws(len(by_item), rounds=rounds, seed=seed)
    return Contrast(
        one=table.systems[pair[0]],
        other=table.systems[pair[1]],
        difference=float(by_item.mean()),
        interval=_interval(np.array([by_item[draw].mean() for draw in draws])),
        presentation=max([least, *map(float, swings)]),
        items=len(by_item),
    )


def _effect(table: Presentations, at: int, *, rounds: int, seed: int) -> PresentationEffect:
    by_level = _level_means(table, at, table.values)
    spreads = [
        float(np.ptp(by_level[draw].mean(axis=0))) for draw in _draws(len(by_level), rounds=rounds, seed=seed)
    ]
    means = by_level.mean(axis=0)
    return PresentationEffect(
        dimension=table.dimensions[at],
        means=dict(zip(table.level_names[at], map(float, means), strict=True)),
        spread=float(np.ptp(means)),
        interval=_interval(np.array(spreads)),
        flip_rate=_flip_rate(table, at),
    )


def _level_means(table: Presentations, at: int, values: FloatArray) -> FloatArray:
    """Return the mean of each row at each level of a dimension, shape (rows, levels)."""
    columns = [
        values[:, table.levels[:, at] == level].mean(axis=1) for level in range(len(table.level_names[at]))
    ]
    return np.column_stack(columns)


def _flip_rate(table: Presentations, at: int) -> float | None:
    """Return how often changing this dimension alone moves an answer across the middle; being torn is a side too."""
    sides = np.sign(table.values - TORN)
    flips = [float((sides[:, one] != sides[:, other]).mean()) for one, other in _neighbours(table, at)]
    return float(np.mean(flips)) if flips else None


def _neighbours(table: Presentations, at: int) -> Iterator[tuple[int, int]]:
    """Return pairs of variants that differ in this dimension only."""
    for one, other in combinations(range(len(table.levels)), 2):
        differing = np.flatnonzero(table.levels[one] != table.levels[other])
        if list(differing) == [at]:
            yield one, other


def _paired(table: Presentations, one: int, other: int) -> FloatArray:
    """Return the differences of two systems, shape (common items, variants)."""
    rows = [{int(table.item[row]): row for row in np.flatnonzero(table.system == at)} for at in (one, other)]
    common = sorted(rows[0].keys() & rows[1].keys())
    first, second = ([each[item] for item in common] for each in rows)
    differences: FloatArray = table.values[first] - table.values[second]
    return differences


def _draws(count: int, *, rounds: int, seed: int) -> Iterator[np.ndarray]:
    source = np.random.default_rng(seed)
    return (source.integers(count, size=count) for _ in range(rounds)) if count > 1 else iter(())


def _interval(values: FloatArray) -> Interval | None:
    if not len(values):
        return None
    low, high = np.quantile(values, (0.025, 0.975))
    return Interval(float(low), float(high))
