"""How often a model's answers are preferred to others' answers to the same prompts."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

from training_jobs.domain.evaluation_metrics import wilson_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One verdict on an answer of the model beside another's: 1 won, 0 lost, ½ neither."""

    prompt: int
    against: str
    decided_by: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WinRate:
    """The share of prompts that a model wins against another, ties counted half, with its 95 % interval.

    The prompt is what is counted: several answers to it, or several verdicts on them, share its one vote.
    """

    against: str
    decided_by: str
    share: float
    low: float
    high: float
    prompts: int
    verdicts: int


def win_rates(verdicts: Iterable[Verdict]) -> list[WinRate]:
    """Return a rate for each opponent and kind of decider, by name."""
    grouped: dict[tuple[str, str], dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for verdict in verdicts:
        grouped[verdict.against, verdict.decided_by][verdict.prompt].append(verdict.value)
    return [_rate(against, by, grouped[against, by]) for against, by in sorted(grouped)]


def _rate(against: str, decided_by: str, by_prompt: dict[int, list[float]]) -> WinRate:
    share = fmean(fmean(values) for values in by_prompt.values())
    low, high = wilson_interval(share, n=len(by_prompt))
    return WinRate(
        against=against,
        decided_by=decided_by,
        share=share,
        low=low,
        high=high,
        prompts=len(by_prompt),
        verdicts=sum(map(len, by_prompt.values())),
    )
