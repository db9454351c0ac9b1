"""Whether a newer model fails a measure more often than an older one, prompt by prompt."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean
from typing import Any

from curation.domain.versions.intervals import Interval

FEWEST_PROMPTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """How much more often the newer model fails, over the prompts that both answered.

    `difference` is the newer model's share of failing answers minus the older one's, and `interval` where it lies
    (95 %); None where both answered fewer than two prompts. The prompt is what is counted: several answers share it.
    """

    prompts: int
    before: float | None
    after: float | None
    difference: float | None
    interval: Interval | None
    more: int
    fewer: int

    def verdict(self, *, tolerated: float = 0.0) -> str:
        """Return worse, better, unproven, or undefined where there is nothing to compare.

        Worse and better are said where the whole interval lies beyond what is tolerated.
        """
        if self.interval is None:
            return "undefined"
        if self.interval.low > tolerated:
            return "worse"
        return "better" if self.interval.high < -tolerated else "unproven"

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "prompts": self.prompts,
            "before": self.before,
            "after": self.after,
            "difference": self.difference,
            "interval": None if self.interval is None else list(self.interval),
            "more": self.more,
            "fewer": self.fewer,
        }


def compare_failures(before: Mapping[int, list[bool]], after: Mapping[int, list[bool]]) -> Regression:
    """Compare two models by whether each answer failed, by prompt; prompts of one model alone do not count."""
    shared = sorted(prompt for prompt in before.keys() & after.keys() if before[prompt] and after[prompt])
    olds = [fmean(before[prompt]) for prompt in shared]
    news = [fmean(after[prompt]) for prompt in shared]
    steps = [new - old for new, old in zip(news, olds, strict=True)]
    return Regression(
        prompts=len(shared),
        before=fmean(olds) if shared else None,
        after=fmean(news) if shared else None,
        difference=fmean(steps) if shared else None,
        interval=paired_interval(steps) if len(shared) >= FEWEST_PROMPTS else None,
        more=sum(step > 0 for step in steps),
        fewer=sum(step < 0 for step in steps),
    )


def paired_interval(steps: list[float], *, confidence: float = 0.95) -> Interval:
    """Return the interval of the mean of differences that lie in [-1, 1]: Wald's, with a pair added each way.

    For answers that fail or hold it is Bonett and Price's (2012, eq. 5); it stays honest where no pair differs, in
    which a bootstrap would be certain of 0.
    """
    n = len(steps) + 2
    mean = sum(steps) / n
    spread = sqrt((sum(step * step for step in steps) + 2) / n - mean * mean)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    found = fmean(steps)
    low, high = mean - z * spread / sqrt(n), mean + z * spread / sqrt(n)
    return Interval(max(-1.0, min(low, found)), min(1.0, max(high, found)))
