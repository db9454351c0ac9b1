"""How one factor goes with the preference: τ = (C − D) / (C + D + T) with an interval clustered by prompt.

C counts pairs whose chosen answer has more of the factor, D those whose rejected one has, T ties (PROFILE's τ₁₄).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from annotation.domain.factors.table import FloatArray, IntArray
from curation.domain.versions.intervals import Interval, score_interval

NO_PAIRS = "No pair has this factor on both sides."
ALL_TIED = "The two answers never differ in this factor."
ONE_PROMPT = "All pairs are of one prompt, so nothing says how other prompts would come out."


@dataclass(frozen=True, slots=True, kw_only=True)
class Tau:
    """Concordant, discordant and tied pairs; the interval is None where `undefined` says why."""

    concordant: int
    discordant: int
    tied: int
    interval: Interval | None
    undefined: str = ""

    @property
    def pairs(self) -> int:
        """Return how many pairs were compared."""
        return self.concordant + self.discordant + self.tied

    @property
    def tau(self) -> float | None:
        """Return τ, from −1 to 1; None without pairs."""
        return (self.concordant - self.discordant) / self.pairs if self.pairs else None

    def as_json(self) -> dict[str, Any]:
        """Return the figures as commands print them."""
        return {
            "tau": self.tau,
            "interval": list(self.interval) if self.interval else None,
            "pairs": self.pairs,
            "concordant": self.concordant,
            "discordant": self.discordant,
            "tied": self.tied,
            **({"undefined": self.undefined} if self.undefined else {}),
        }


def tau_of(difference: FloatArray, *, prompt: IntArray) -> Tau:
    """Return τ of chosen minus rejected values; NaN marks a pair that lacks the factor."""
    known = np.isfinite(difference)
    signs, prompts = np.sign(difference[known]), prompt[known]
    concordant, discordant = int((signs > 0).sum()), int((signs < 0).sum())
    undefined = _undefined(signs, prompts)
    return Tau(
        concordant=concordant,
        discordant=discordant,
        tied=len(signs) - concordant - discordant,
        interval=None if undefined else _interval(signs, prompts),
        undefined=undefined,
    )


def clustered_share(won: FloatArray, *, cluster: IntArray) -> Interval | None:
    """Return the 95 % interval of the mean of won (1, 0, ½ for a tie) when pairs of a cluster hang together.

    Wilson's interval at as many independent draws as have the variance that the clusters show, so it keeps
    within [0, 1] and has a width even where everything agrees. None with fewer than two clusters.
    """
    clusters = len(np.unique(cluster))
    if clusters < 2:
        return None
    share = float(won.mean())
    variance = clustered_variance(won - share, cluster=cluster)
    draws = share * (1 - share) / variance if variance > 0 else clusters
    # No more draws than pairs unless ties make them surer; no fewer than one.
    return score_interval(share, n=float(max(draws, 1.0)))


def clustered_variance(residual: FloatArray, *, cluster: IntArray) -> float:
    """Return the variance of the mean of values whose residuals are given, by sums over clusters."""
    _, number = np.unique(cluster, return_inverse=True)
    sums = np.bincount(number, weights=residual)
    return float((sums**2).sum() * len(sums) / (len(sums) - 1) / len(residual) ** 2)


def _undefined(signs: FloatArray, prompts: IntArray) -> str:
    if not len(signs):
        return NO_PAIRS
    if not signs.any():
        return ALL_TIED
    return ONE_PROMPT if len(np.unique(prompts)) < 2 else ""


def _interval(signs: FloatArray, prompts: IntArray) -> Interval | None:
    share = clustered_share((signs + 1) / 2, cluster=prompts)
    return None if share is None else Interval(2 * share.low - 1, 2 * share.high - 1)
