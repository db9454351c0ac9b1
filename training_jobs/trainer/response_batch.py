"""What every objective is a function of: the log-probabilities of groups of responses to prompts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class PairLogps:
    """Summed log-probabilities of pairs in nats, each of shape (pairs,)."""

    chosen: "Tensor"
    rejected: "Tensor"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseBatch:
    """Token log-probabilities of groups of responses, group after group, the best response of a group first.

    policy, reference   shape (responses, tokens), in nats, 0 beyond a response's end
    lengths             shape (responses,), how many tokens each response has
    group_size          responses per prompt; a pair is a group of two
    """

    policy: "Tensor"
    reference: "Tensor"
    lengths: "Tensor"
    group_size: int = 2

    def policy_pairs(self) -> PairLogps:
        """Return log π(y|x), summed over tokens, of each pair."""
        return self._pairs(self.policy.sum(dim=1))

    def reference_pairs(self) -> PairLogps:
        """Return log π_ref(y|x), summed over tokens, of each pair."""
        return self._pairs(self.reference.sum(dim=1))

    def log_ratio_pairs(self) -> PairLogps:
        """Return ρ(y) = log π(y|x) − log π_ref(y|x) of each pair."""
        return self._pairs((self.policy - self.reference).sum(dim=1))

    def _pairs(self, sums: "Tensor") -> PairLogps:
        if self.group_size != 2:
            raise ValueError(f"A pair has 2 responses, not {self.group_size}.")
        return PairLogps(chosen=sums[0::2], rejected=sums[1::2])
