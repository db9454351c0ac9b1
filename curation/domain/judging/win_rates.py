"""How often one model's answers are preferred to another's, by what a judge says in both orders alike."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from curation.domain.versions.intervals import Interval, score_interval

# What an outcome is worth to the first model. The orders disagreeing, or no readable answer, is worth nothing to
# anybody: it says something of the judge, not of the answers.
WORTH: Mapping[str, float] = {"a": 1.0, "tie": 0.5, "b": 0.0}
_RESAMPLES, _SEED = 2000, 7
# A difference needs some prompts, and an interval of it enough to draw from.
_FEWEST_PROMPTS, FEWEST_FOR_INTERVAL = 2, 20

# The outcomes of a run as (prompt, outcome).
Outcomes = Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WinRate:
    """How the first model fared against the second.

    `rate` is the share of prompts won, ties counted half, over the prompts on which the judge decided; several pairs
    of answers to one prompt share its one vote. `interval` is Wilson's (95 %) with the prompt as what is counted:
    with ties it is wider than need be. Both are None where nothing was decided.
    """

    wins: int
    losses: int
    ties: int
    inconsistent: int
    unreadable: int
    prompts: int
    rate: float | None
    interval: Interval | None

    @property
    def decided(self) -> int:
        """How many pairs the judge decided in both orders alike."""
        return self.wins + self.losses + self.ties

    @property
    def judged(self) -> int:
        """How many pairs were judged, whatever came of it."""
        return self.decided + self.inconsistent + self.unreadable

    @property
    def consistency(self) -> float | None:
        """The share of the readable pairs on which both orders say the same."""
        readable = self.decided + self.inconsistent
        return self.decided / readable if readable else None

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        names = ("wins", "losses", "ties", "inconsistent", "unreadable", "prompts")
        counts: dict[str, object] = {name: getattr(self, name) for name in names}
        return counts | {
            "win_rate": self.rate,
            "interval": None if self.interval is None else [*self.interval],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RateShift:
    """How far one run's win rate lies above another's, over the prompts that both decided, with a 95 % interval.

    The interval is from a bootstrap over those prompts (2,000 draws, the same each time), None where they are too few
    to draw from; `turned` counts the prompts whose winner changed.
    """

    difference: float
    interval: Interval | None
    prompts: int
    turned: int


def win_rate(outcomes: Outcomes) -> WinRate:
    """Return how the first model fared."""
    counts = dict.fromkeys((*WORTH, "inconsistent", "unreadable"), 0)
    for _prompt, outcome in outcomes:
        counts[outcome] += 1
    worth = list(_worth_by_prompt(outcomes).values())
    rate = fmean(worth) if worth else None
    return WinRate(
        wins=counts["a"],
        losses=counts["b"],
        ties=counts["tie"],
        inconsistent=counts["inconsistent"],
        unreadable=counts["unreadable"],
        prompts=len(worth),
        rate=rate,
        interval=None if rate is None else score_interval(rate, n=len(worth)),
    )


def rate_shift(new: Outcomes, *, old: Outcomes) -> RateShift | None:
    """Return how far the new run's rate lies above the old one's; None where both decided too few prompts."""
    news, olds = _worth_by_prompt(new), _worth_by_prompt(old)
    shared = sorted(news.keys() & olds.keys())
    if len(shared) < _FEWEST_PROMPTS:
        return None
    steps = np.array([news[prompt] - olds[prompt] for prompt in shared])
    turned = sum((news[prompt] - 0.5) * (olds[prompt] - 0.5) < 0 for prompt in shared)
    return RateShift(
        difference=float(steps.mean()),
        interval=_interval(steps) if len(steps) >= FEWEST_FOR_INTERVAL else None,
        prompts=len(shared),
        turned=turned,
    )


def _interval(steps: NDArray[np.float64]) -> Interval:
    """Return where the mean of the steps lies; by the rule of three where all are equal, as then all draws are."""
    if np.ptp(steps) == 0:
        mean, margin = float(steps[0]), 3 / len(steps)
        return Interval(max(-1.0, mean - margin), min(1.0, mean + margin))
    draws = np.random.default_rng(_SEED).integers(0, len(steps), size=(_RESAMPLES, len(steps)))
    low, high = np.quantile(steps[draws].mean(axis=1), (0.025, 0.975))
    return Interval(float(low), float(high))


def _worth_by_prompt(outcomes: Iterable[tuple[int, str]]) -> dict[int, float]:
    """Return what each decided prompt is worth to the first model: the mean over its decided pairs."""
    worth: dict[int, list[float]] = {}
    for prompt, outcome in outcomes:
        if outcome in WORTH:
            worth.setdefault(prompt, []).append(WORTH[outcome])
    return {prompt: fmean(values) for prompt, values in worth.items()}
