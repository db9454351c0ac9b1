"""Pairs out of orders: of ranks that a list gives, and of values that a scorer gave."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRule:
    """Which pairs an order gives: `pairs` is all, adjacent or best_worst; what is nearer than `minimum_gap` none."""

    pairs: str = "all"
    minimum_gap: float = 0.0
    keeps_ties: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedPair:
    """A pair of an order, by the ids of its answers; `gap` is what lies between them, 0 for a tie."""

    chosen: int
    rejected: int
    gap: float

    @property
    def is_tie(self) -> bool:
        """Whether both stand equally."""
        return self.gap == 0


def pairs_from_ranks(ranks: Mapping[int, float], *, rule: PairRule) -> list[DerivedPair]:
    """Turn the ranks of k answers (id → rank, lower is better) into pairs, the better one chosen.

    `all` gives up to k(k-1)/2 pairs, `adjacent` those of neighbouring ranks, `best_worst` the extremes; answers of
    one rank are a pair only where ties are kept.
    """
    levels = sorted(set(ranks.values()))
    wanted = {
        "all": set(combinations(levels, 2)),
        "adjacent": set(pairwise(levels)),
        "best_worst": {(levels[0], levels[-1])} if len(levels) > 1 else set(),
    }[rule.pairs]
    pairs = [
        DerivedPair(chosen=better, rejected=worse, gap=worse_rank - better_rank)
        for better, better_rank in ranks.items()
        for worse, worse_rank in ranks.items()
        if (better_rank, worse_rank) in wanted and worse_rank - better_rank >= rule.minimum_gap
    ]
    return pairs + (_ties(ranks) if rule.keeps_ties else [])


def pairs_from_values(values: Mapping[int, float], *, rule: PairRule) -> list[DerivedPair]:
    """Turn the values of answers (id → value, higher is better) into pairs."""
    return pairs_from_ranks({answer: -value for answer, value in values.items()}, rule=rule)


def _ties(ranks: Mapping[int, float]) -> list[DerivedPair]:
    """Pair answers of one rank, the smaller id first: the order says nothing."""
    return [
        DerivedPair(chosen=min(one, other), rejected=max(one, other), gap=0.0)
        for one, other in combinations(ranks, 2)
        if ranks[one] == ranks[other]
    ]
