"""How many pairs, items and annotators give an interval of a wanted width.

The variance of a share grows by the design effect where pairs come in clusters: 1 + (m − 1) ρ for m pairs of one
annotator whose judgements correlate by ρ, and likewise for k judgements of one item. Kish 1965, section 5.4.
"""

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist

import numpy as np

from annotation.domain.figures import Figure, Undefined
from annotation.domain.labels import Codes, Vector
from curation.domain.errors import HarkenError

_LARGEST_PLAN = 10_000_000


class PlanError(HarkenError):
    """A plan that cannot be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What a plan assumes: the share to be estimated, how much each does, and how alike judgements are.

    A share of one half needs the most pairs, so it is the safe assumption where nothing is known.
    """

    share: float = 0.5
    pairs_per_annotator: int = 30
    judgements_per_item: int = 1
    annotator_correlation: float = 0.05
    item_correlation: float = 0.3

    @property
    def effect(self) -> float:
        """By how much clusters inflate the variance."""
        by_annotator = (self.pairs_per_annotator - 1) * self.annotator_correlation
        return 1 + by_annotator + (self.judgements_per_item - 1) * self.item_correlation


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """So many judgements of pairs, over so many items and annotators, give this half width."""

    judgements: int
    items: int
    annotators: int
    half_width: float


def plan_judgements(half_width: float, *, design: Design, confidence: float = 0.95) -> Plan:
    """Return what ± half_width takes, as a share: 0.05 is ± 5 points; raises PlanError for what no plan can reach."""
    _require_sensible(half_width, design=design)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    independent = z * z * design.share * (1 - design.share) / (half_width * half_width)
    needed = ceil(independent * design.effect)
    if needed > _LARGEST_PLAN:
        raise PlanError(
            f"± {100 * half_width:g} points takes {needed:,} judgements, more than anybody makes."
            " Ask for a wider interval."
        )
    # Two of each, since one annotator, or one item, shows nothing of how they vary.
    annotators = max(2, ceil(needed / design.pairs_per_annotator))
    items = max(2, ceil(needed / design.judgements_per_item))
    return Plan(
        judgements=needed,
        items=items,
        annotators=annotators,
        half_width=expected_half_width(needed, design=design, confidence=confidence),
    )


def expected_half_width(judgements: int, *, design: Design, confidence: float = 0.95) -> float:
    """Return how wide an interval to expect on either side of a share from so many judgements."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return z * sqrt(design.share * (1 - design.share) * design.effect / judgements)


def intraclass_correlation(values: Vector, *, clusters: Codes) -> Figure:
    """Return how alike the values of one cluster are, from a one-way analysis of variance; never below 0."""
    sizes = np.bincount(clusters)
    sizes = sizes[sizes > 0]
    count, groups = len(values), len(sizes)
    if groups < 2 or count <= groups:
        return Undefined("Undefined because it takes two clusters, and one with two judgements.")
    codes = np.unique(clusters, return_inverse=True)[1]
    means = np.bincount(codes, weights=values) / sizes
    within = float(((values - means[codes]) ** 2).sum()) / (count - groups)
    between = float((sizes * (means - values.mean()) ** 2).sum()) / (groups - 1)
    usual_size = (count - float((sizes.astype(float) ** 2).sum()) / count) / (groups - 1)
    total = between + (usual_size - 1) * within
    return max(0.0, (between - within) / total) if total > 0 else 0.0


def _require_sensible(half_width: float, *, design: Design) -> None:
    if not 0 < half_width < 1:
        raise PlanError(
            f"Half an interval's width lies between 0 and 1, found {half_width:g}. Write 0.05 for ± 5 points."
        )
    if not 0 < design.share < 1:
        raise PlanError(
            f"The share to expect lies between 0 and 1, found {design.share:g}. Without a guess, take 0.5."
        )
    if min(design.pairs_per_annotator, design.judgements_per_item) < 1:
        raise PlanError("Each annotator judges at least one pair, and each item is judged at least once.")
