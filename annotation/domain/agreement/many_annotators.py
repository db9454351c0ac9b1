"""Coefficients of any number of annotators, who need not be the same for each item."""

import numpy as np
from numpy.typing import NDArray

from annotation.domain.agreement.alpha import all_the_same
from annotation.domain.agreement.unit_counts import UnitCounts
from annotation.domain.figures import Figure
from annotation.domain.labels import LabelTable, Vector

# Shares that add up to one do so only nearly.
_ROUNDING = 1e-12


def pairwise_agreement(labels: LabelTable) -> Figure:
    """Return the share of equal labels among all pairs of labels of the same item."""
    units = UnitCounts.of(labels)
    if nothing := units.why_nothing(labels):
        return nothing
    return float(pairwise_agreements(units, weights=np.ones((1, len(units.sizes))))[0])


def pairwise_agreements(units: UnitCounts, *, weights: NDArray[np.float64]) -> Vector:
    """Return pairwise agreement for each row of weights, shape (rounds, items)."""
    return np.asarray((weights @ units.agreeing) / (weights @ units.pairs))


def fleiss_kappa(labels: LabelTable) -> Figure:
    """Return Fleiss' kappa; items may have different numbers of labels, at least two. Fleiss 1971.

    Where the numbers differ, each item counts alike, as in Gwet 2014, section 2.5.
    """
    units = UnitCounts.of(labels)
    if nothing := units.why_nothing(labels):
        return nothing
    kappa = float(fleiss_kappas(units, weights=np.ones((1, len(units.sizes))))[0])
    return all_the_same(labels, of=units) if np.isnan(kappa) else kappa


def fleiss_kappas(units: UnitCounts, *, weights: NDArray[np.float64]) -> Vector:
    """Return Fleiss' kappa for each row of weights, shape (rounds, items); NaN where all its labels are the same."""
    drawn = weights.sum(axis=1)
    agreed = weights @ (units.agreeing / units.pairs) / drawn
    shares = units.counts.multiply((1 / units.sizes)[:, None]).tocsr()
    by_chance = (((shares.T @ weights.T).T / drawn[:, None]) ** 2).sum(axis=1)
    kappas = np.full(len(drawn), np.nan)
    varies = by_chance < 1 - _ROUNDING
    kappas[varies] = (agreed[varies] - by_chance[varies]) / (1 - by_chance[varies])
    return kappas
