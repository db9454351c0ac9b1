"""What the methods that read ratings share."""

from dataclasses import dataclass
from math import atanh, floor, sqrt, tanh
from statistics import NormalDist

import numpy as np

from annotation.domain.consensus.contract import ConsensusError, Reliability
from annotation.domain.figures import Range, Undefined
from annotation.domain.labels import Codes, LabelTable, Level, Vector, sum_by
from curation.domain.versions.intervals import Interval

RELIABILITY_MEANS = (
    "The correlation of an annotator's ratings with the mean of the others' ratings of the same items."
)
# Fisher's interval has the variance 1 / (n − 3).
_LEAST_ITEMS = 4


def ratings_of(labels: LabelTable) -> Vector:
    """Return the number of each label; raises ConsensusError for a table without labels."""
    if not len(labels):
        raise ConsensusError("No row holds a rating, so there is nothing to agree on.")
    return labels.positions(Level.INTERVAL)[labels.value]


def by_item(labels: LabelTable) -> list[Codes]:
    """Return the places of each judged item's labels, in the order in which they were given."""
    order = np.argsort(labels.item, kind="stable")
    ends = np.cumsum(labels.labels_per_item())[:-1]
    return [own for own in np.split(order, ends) if len(own)]


@dataclass(frozen=True, slots=True)
class Scale:
    """Where the steps of a scale lie: at `start` and every `step` from there."""

    start: float
    step: float

    @classmethod
    def of(cls, ratings: Vector) -> "Scale":
        """Return whole numbers where all ratings are whole, else steps as small as the closest two ratings."""
        used = np.unique(ratings)
        if (used == np.round(used)).all():
            return cls(0.0, 1.0)
        return cls(float(used[0]), float(np.diff(used).min()) if len(used) > 1 else 1.0)

    def rounded(self, value: float) -> float:
        """Return the nearest step; a half counts upwards, so that the same ratings round alike everywhere."""
        return self.start + floor((value - self.start) / self.step + 0.5) * self.step


def rating_reliabilities(labels: LabelTable, *, ratings: Vector) -> list[Reliability]:
    """Return each annotator's correlation with the mean of the others."""
    totals = sum_by(labels.item, ratings, size=len(labels.items))[labels.item]
    others = labels.labels_per_item()[labels.item] - 1
    compared = others > 0
    means = np.divide(totals - ratings, others, out=np.zeros(len(ratings)), where=compared)
    return [
        _reliability(name, own=ratings[own], others=means[own])
        for at, name in enumerate(labels.annotators)
        for own in [np.flatnonzero(compared & (labels.annotator == at))]
    ]


def plain_number(value: float) -> str:
    """Return a number as short as it can be written without losing what matters."""
    return f"{value:.6g}"


def _reliability(annotator: str, *, own: Vector, others: Vector) -> Reliability:
    count = len(own)
    correlation, interval = _correlation(own, others)
    return Reliability(annotator=annotator, reliability=correlation, interval=interval, judgements=count)


def _correlation(one: Vector, other: Vector) -> tuple[float | None, Range]:
    if len(one) < _LEAST_ITEMS:
        return None, Undefined(
            f"Undefined because {len(one)} ratings can be compared with others', and a correlation takes"
            f" {_LEAST_ITEMS}."
        )
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return None, Undefined("Undefined because the ratings to be compared do not vary.")
    correlation = float(np.clip(np.corrcoef(one, other)[0, 1], -1, 1))
    if abs(correlation) > 1 - 1e-12:
        return correlation, Undefined("Undefined because the ratings lie on a line, too few to say more.")
    reach = NormalDist().inv_cdf(0.975) / sqrt(len(one) - 3)
    middle = atanh(correlation)
    return correlation, Interval(tanh(middle - reach), tanh(middle + reach))
