"""How many labels are wrong: from how often two people agree, and from a scorer that was not fitted on the labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotation.domain.figures import Figure, Range, Undefined
from curation.domain.versions.intervals import Interval

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
ROUNDING = 1e-9


def flip_rate(agreement: float, *, classes: int = 2) -> Figure:
    """Return the share of wrong labels that makes two people agree in this share of items.

    They are taken to err independently, equally often, and towards any other label alike:
    agreement = (1 − e)² + e² / (classes − 1), solved for the smaller e. The same person asked twice gives the
    noise of that person. Where people share a mistake they agree, so the true rate may be higher.
    """
    by_chance = 1 / classes
    if agreement < by_chance - ROUNDING:
        return Undefined(
            f"Undefined because people agree on {agreement:.1%}, less than the {by_chance:.1%} that guessing gives."
        )
    spread = classes / (classes - 1)
    return (1 - sqrt(max(0.0, 1 - spread * (1 - agreement)))) / spread


def flip_rate_interval(agreement: Interval, *, classes: int = 2) -> Range:
    """Return the flip rates at both ends of an interval of the agreement: more agreement, fewer wrong labels."""
    low = flip_rate(min(agreement.high, 1.0), classes=classes)
    if isinstance(low, Undefined):
        return low
    high = flip_rate(max(agreement.low, 1 / classes), classes=classes)
    if isinstance(high, Undefined):
        return high
    return Interval(low, high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspects:
    """Confident learning (Northcutt et al. 2021).

    joint[i, j]: the share of items labelled i that are truly j; rate: the share off the diagonal; rows: the items
    to look at, the least likely label first.
    """

    joint: FloatArray
    rate: float
    rows: tuple[int, ...]


def suspect_labels(probabilities: FloatArray, *, labels: Sequence[int]) -> Suspects | Undefined:
    """Find labels that a scorer doubts; probabilities have shape (items, classes), from a scorer not fitted on them.

    An item counts as truly j where its probability of j is at least the mean that items labelled j have.
    """
    given = np.asarray(labels, dtype=np.int64)
    classes = probabilities.shape[1]
    counts = np.bincount(given, minlength=classes)
    if not len(given) or (counts == 0).any():
        return Undefined(
            "Undefined because some label was never given, so nothing says how sure one should be of it."
        )
    thresholds = np.array([probabilities[given == at, at].mean() for at in range(classes)])
    # Rounding must not keep an item below the mean of equal ones.
    above = probabilities >= thresholds - ROUNDING
    truly = np.where(above, probabilities, -1.0).argmax(axis=1)
    joint = _joint(given[above.any(axis=1)], truly[above.any(axis=1)], counts=counts)
    doubted = np.flatnonzero(above.any(axis=1) & (truly != given))
    margin = probabilities[doubted, given[doubted]] - probabilities[doubted].max(axis=1)
    return Suspects(
        joint=joint,
        rate=float(1 - np.trace(joint)),
        rows=tuple(int(row) for row in doubted[np.argsort(margin, kind="stable")]),
    )


def _joint(given: IntArray, truly: IntArray, *, counts: IntArray) -> FloatArray:
    """Return shares of all items whose rows sum to the shares of the labels given."""
    classes = len(counts)
    cells = np.bincount(given * classes + truly, minlength=classes * classes).reshape(classes, classes)
    rows = cells.sum(axis=1, keepdims=True)
    # A label of which no item is sure enough keeps its items where they are.
    shares = np.where(rows > 0, cells / np.maximum(rows, 1), np.eye(classes))
    joint: FloatArray = shares * (counts / counts.sum())[:, None]
    return joint
