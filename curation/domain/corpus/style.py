"""How chosen answers differ from rejected ones in length and style, and whether length alone explains the labels."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2, sqrt
from statistics import fmean, stdev
from typing import Any, TypeAlias

from curation.domain.versions.intervals import Interval, wilson_interval

SidePair: TypeAlias = tuple[str, str]
# Whoever always takes the longer answer should be right about half of the time. The whole interval beyond these
# shares means that a model can learn the labels by counting words.
EXPLAINS_FROM = 0.6
FEWEST_PAIRS = 20
# Edges of the chart, in doublings: −3 is an eighth of the other's length.
EDGES = tuple(step / 2 for step in range(-6, 7))
_LIST = re.compile(r"^[ \t]*(?:[-*+]|\d{1,3}[.)])\s+\S", re.MULTILINE)
_HEADER = re.compile(r"^#{1,6}\s+\S", re.MULTILINE)
_BOLD = re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__")
_CODE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)

MEASURES: Mapping[str, Callable[[str], float]] = {
    "characters": len,
    "words": lambda text: len(text.split()),
    "list entries": lambda text: len(_LIST.findall(text)),
    "headers": lambda text: len(_HEADER.findall(text)),
    "bold phrases": lambda text: len(_BOLD.findall(text)),
    "code blocks": lambda text: len(_CODE.findall(text)) // 2,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A measure of both sides: their means, and the mean of chosen minus rejected with its 95 % interval."""

    measure: str
    chosen: float
    rejected: float
    difference: float
    interval: Interval | None

    def as_json(self) -> dict[str, Any]:
        """Return the difference as it is stored."""
        return {
            "measure": self.measure,
            "chosen": self.chosen,
            "rejected": self.rejected,
            "difference": self.difference,
            "interval": list(self.interval) if self.interval else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """What the pairs of a draft or a version look like; `longer` of `unequal` pairs chose the longer side.

    `bins` count pairs by the doublings of chosen over rejected in length, between EDGES, the outer ones open.
    """

    pairs: int
    longer: int
    unequal: int
    interval: Interval | None
    differences: tuple[Difference, ...]
    bins: tuple[int, ...]

    @property
    def explains(self) -> str:
        """Say whether "longer" or "shorter" alone explains the labels; "" where neither does."""
        if self.interval is None or self.unequal < FEWEST_PAIRS:
            return ""
        if self.interval.low > EXPLAINS_FROM:
            return "longer"
        return "shorter" if self.interval.high < 1 - EXPLAINS_FROM else ""

    def as_json(self) -> dict[str, Any]:
        """Return the style as manifests and previews keep it."""
        return {
            "pairs": self.pairs,
            "longer": self.longer,
            "unequal": self.unequal,
            "longer_share": self.longer / self.unequal if self.unequal else None,
            "interval": list(self.interval) if self.interval else None,
            "explains": self.explains,
            "differences": [difference.as_json() for difference in self.differences],
            "bins": list(self.bins),
        }


def style_of(sides: Iterable[SidePair]) -> Style:
    """Measure pairs of (chosen, rejected) texts; ties and rows of one answer do not belong here."""
    pairs = list(sides)
    lengths = [(len(chosen), len(rejected)) for chosen, rejected in pairs]
    unequal = [(chosen, rejected) for chosen, rejected in lengths if chosen != rejected]
    longer = sum(chosen > rejected for chosen, rejected in unequal)
    return Style(
        pairs=len(pairs),
        longer=longer,
        unequal=len(unequal),
        interval=wilson_interval(longer, len(unequal)),
        differences=tuple(_difference(name, pairs) for name in MEASURES) if pairs else (),
        bins=_bins(lengths),
    )


def _difference(measure: str, pairs: Sequence[SidePair]) -> Difference:
    count = MEASURES[measure]
    chosen = [float(count(side)) for side, _ in pairs]
    rejected = [float(count(side)) for _, side in pairs]
    differences = [one - other for one, other in zip(chosen, rejected, strict=True)]
    return Difference(
        measure=measure,
        chosen=fmean(chosen),
        rejected=fmean(rejected),
        difference=fmean(differences),
        interval=_interval_of_mean(differences),
    )


def _interval_of_mean(values: Sequence[float]) -> Interval | None:
    """Return mean ± 1.96 standard errors, None below two values."""
    if len(values) < 2:
        return None
    half = 1.96 * stdev(values) / sqrt(len(values))
    return Interval(fmean(values) - half, fmean(values) + half)


def _bins(lengths: Iterable[tuple[int, int]]) -> tuple[int, ...]:
    counts = [0] * (len(EDGES) + 1)
    for chosen, rejected in lengths:
        if chosen and rejected:
            doublings = log2(chosen / rejected)
            counts[sum(doublings >= edge for edge in EDGES)] += 1
    return tuple(counts)
