"""How well a trained model agrees with held-out preferences: accuracies, intervals, margins, baselines.

All log-probabilities are sums over the response's tokens, in nats. A tie counts as half everywhere.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from math import sqrt
from statistics import NormalDist, fmean
from typing import Any

# Sums over a few hundred tokens carry rounding errors of this size in float32: a smaller margin is a tie.
# Without this an untrained model, whose margins are all rounding, would seem to know right from wrong.
TIE_WIDTH = 1e-3

MEASURES = {
    "reward_accuracy": "share of pairs in which training raised the chosen response above the rejected one",
    "policy_ranking": "share of pairs in which the model gives the chosen response the higher probability",
    "base": "policy_ranking of the model before training; its reward_accuracy is one half by definition",
    "reward_margin": "mean of beta times the difference of the log-ratios, chosen minus rejected",
    "longer_wins": "share of pairs in which the chosen response has more words",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPair:
    """One held-out pair with its log-probabilities under the trained model and the model before training."""

    id: str
    logp_chosen: float
    logp_rejected: float
    ref_logp_chosen: float
    ref_logp_rejected: float
    words_chosen: int = 0
    words_rejected: int = 0
    decided_by: str = ""

    @property
    def log_ratio_margin(self) -> float:
        """Δρ: how much more training raised the chosen response than the rejected one."""
        return (self.logp_chosen - self.ref_logp_chosen) - (self.logp_rejected - self.ref_logp_rejected)

    @property
    def policy_margin(self) -> float:
        """How much likelier the trained model finds the chosen response."""
        return self.logp_chosen - self.logp_rejected

    @property
    def reference_margin(self) -> float:
        """How much likelier the model before training found the chosen response."""
        return self.ref_logp_chosen - self.ref_logp_rejected

    @property
    def word_margin(self) -> float:
        """How many words longer the chosen response is."""
        return self.words_chosen - self.words_rejected


Margin = Callable[[ScoredPair], float]


def win(margin: float) -> float:
    """Return 1 for a positive margin, 0 for a negative one, ½ for a tie."""
    return 0.5 if abs(margin) < TIE_WIDTH else float(margin > 0)


def share_won(pairs: Sequence[ScoredPair], *, margin: Margin) -> float:
    """Return the share of pairs with a positive margin; raises ValueError without pairs."""
    if not pairs:
        raise ValueError("A share needs at least one pair.")
    return fmean(win(margin(pair)) for pair in pairs)


def wilson_interval(share: float, *, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the score interval of a share of n trials. Wilson 1927; (0, 1) when n is 0.

    The trainer takes it along to machines where there is nothing else of Harken, so it is written here again.
    """
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half_width = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # The bounds hold the share itself by definition; rounding must not push it out at 0 and 1.
    return max(0.0, min(share, centre - half_width)), min(1.0, max(share, centre + half_width))


def evaluate_pairs(pairs: Sequence[ScoredPair], *, beta: float) -> dict[str, Any]:
    """Return the content of `evaluation.json` for these pairs, but for the split they came from.

    preference_accuracy is reward_accuracy; MEASURES says what each figure means. Raises ValueError without
    pairs.
    """
    reward = _accuracy(pairs, margin=_log_ratio_margin)
    ranking = _accuracy(pairs, margin=_policy_margin)
    return {
        "n": len(pairs),
        **reward,
        "reward_margin": beta * fmean(pair.log_ratio_margin for pair in pairs),
        "reward_accuracy": reward["preference_accuracy"],
        "policy_ranking": ranking["preference_accuracy"],
        "policy_ranking_interval": ranking["interval"],
        "base": {**_accuracy(pairs, margin=_reference_margin), "measure": "policy_ranking"},
        "longer_wins": share_won(pairs, margin=_word_margin),
        "mean_words": {
            "chosen": fmean(pair.words_chosen for pair in pairs),
            "rejected": fmean(pair.words_rejected for pair in pairs),
        },
        "by": {"decided_by": _by_decider(pairs)},
        "measures": MEASURES,
        "rows": [_row(pair) for pair in pairs],
    }


def _log_ratio_margin(pair: ScoredPair) -> float:
    return pair.log_ratio_margin


def _policy_margin(pair: ScoredPair) -> float:
    return pair.policy_margin


def _reference_margin(pair: ScoredPair) -> float:
    return pair.reference_margin


def _word_margin(pair: ScoredPair) -> float:
    return pair.word_margin


def _accuracy(pairs: Sequence[ScoredPair], *, margin: Margin) -> dict[str, Any]:
    share = share_won(pairs, margin=margin)
    return {"preference_accuracy": share, "interval": list(wilson_interval(share, n=len(pairs)))}


def _by_decider(pairs: Iterable[ScoredPair]) -> dict[str, dict[str, Any]]:
    ordered = sorted(pairs, key=_decider)
    slices = {name: list(members) for name, members in groupby(ordered, key=_decider)}
    return {
        name: {"n": len(members), **_accuracy(members, margin=_log_ratio_margin)}
        for name, members in slices.items()
    }


def _decider(pair: ScoredPair) -> str:
    return pair.decided_by or "unknown"


def _row(pair: ScoredPair) -> dict[str, Any]:
    shown = ("id", "logp_chosen", "logp_rejected", "ref_logp_chosen", "ref_logp_rejected")
    values = asdict(pair)
    return {**{name: values[name] for name in shown}, "correct": win(pair.log_ratio_margin)}
