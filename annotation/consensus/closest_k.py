"""The mean of the three ratings that lie closest together, as HelpSteer2 does it (Wang et al. 2024)."""

from dataclasses import dataclass

import numpy as np

from annotation.domain.consensus.contract import Consensus, ItemConsensus, Takes
from annotation.domain.consensus.judgements import Judgements
from annotation.domain.consensus.ratings import (
    RELIABILITY_MEANS,
    Scale,
    by_item,
    plain_number,
    rating_reliabilities,
    ratings_of,
)
from annotation.domain.labels import Codes, LabelTable, Vector


@dataclass(frozen=True, slots=True)
class ClosestK:
    """Outliers are left out: of k = 3 ratings nearest to each other the mean counts, rounded to the scale."""

    name = "closest_k"
    title = "Closest three"
    takes = Takes.RATINGS
    k: int = 3

    def infer(self, judgements: Judgements) -> Consensus:
        """Return the rounded mean; where two choices of k are as close, the one that was given earliest."""
        labels = judgements.ratings
        ratings = ratings_of(labels)
        scale = Scale.of(ratings)
        items = [self._item(labels, own, ratings=ratings, scale=scale) for own in by_item(labels)]
        few = sum(each.judgements < self.k for each in items)
        return Consensus(
            items=items,
            annotators=rating_reliabilities(labels, ratings=ratings),
            reliability_means=RELIABILITY_MEANS,
            notes=[f"{few} items have fewer than {self.k} ratings; their mean is that of all."]
            if few
            else (),
        )

    def _item(self, labels: LabelTable, own: Codes, *, ratings: Vector, scale: Scale) -> ItemConsensus:
        used = own[closest(ratings[own], k=self.k)]
        value = float(ratings[used].mean())
        label = scale.rounded(value)
        values, counts = np.unique(ratings[used], return_counts=True)
        return ItemConsensus(
            item=labels.items[labels.item[own[0]]],
            label=plain_number(label),
            confidence=float(np.mean(np.abs(ratings[own] - label) < scale.step / 2)),
            soft={
                plain_number(each): float(count / len(used))
                for each, count in zip(values, counts, strict=True)
            },
            judgements=len(own),
            value=value,
            used=tuple(labels.annotators[labels.annotator[at]] for at in used),
        )


def closest(ratings: Vector, *, k: int) -> Codes:
    """Return the places of the k ratings whose pairwise differences sum to least, in the order given.

    The k closest of sorted numbers are neighbours, so k windows are looked at rather than all subsets. Of windows that
    are as close, the one whose ratings came first wins.
    """
    order = np.argsort(ratings, kind="stable")
    if len(ratings) <= k:
        return np.arange(len(ratings))
    # In a sorted window the differences sum to Σ (2i − k + 1) x_i.
    factors = 2 * np.arange(k) - k + 1
    windows = np.lib.stride_tricks.sliding_window_view(order, k)
    sums = ratings[windows] @ factors
    near = np.flatnonzero(sums <= sums.min() + 1e-9)
    return np.array(min(sorted(_earliest(window, ratings=ratings)) for window in windows[near]))


def _earliest(window: Codes, *, ratings: Vector) -> list[int]:
    """Return the places of a window's ratings, each of several alike taken as early as it was given."""
    chosen: list[int] = []
    for value, count in zip(*np.unique(ratings[window], return_counts=True), strict=True):
        chosen += np.flatnonzero(ratings == value)[:count].tolist()
    return chosen
