"""Votes on labels: counts, and what the methods that read labels share."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from annotation.domain.consensus.contract import ConsensusError, ItemConsensus, Reliability
from annotation.domain.figures import Range, Undefined
from annotation.domain.labels import LabelTable, Vector, sum_by
from curation.domain.versions.intervals import Interval, score_interval

# Shape (items, values).
ByValue = NDArray[np.float64]
# Beyond so many different labels, they are numbers or texts rather than classes.
MOST_VALUES = 200
# Probabilities closer than this are the same.
_SAME = 1e-9


def vote_counts(labels: LabelTable) -> ByValue:
    """Return how often each item got each value; raises ConsensusError where values are no classes."""
    require_classes(labels)
    size = len(labels.values)
    cells = np.bincount(labels.item * size + labels.value, minlength=len(labels.items) * size)
    return np.asarray(cells.reshape(-1, size), dtype=float)


def require_classes(labels: LabelTable) -> None:
    """Raise ConsensusError where there are too many different labels, or none."""
    if not len(labels):
        raise ConsensusError("No row holds a label, so there is nothing to agree on.")
    if len(labels.values) > MOST_VALUES:
        raise ConsensusError(
            f"There are {len(labels.values)} different labels, and this method reads at most {MOST_VALUES} classes."
            " For ratings take shrunken_mean or closest_k."
        )


def items_of(labels: LabelTable, *, probabilities: ByValue) -> list[ItemConsensus]:
    """Return the likeliest value of each judged item; the first in the values' order where several are alike."""
    counts = labels.labels_per_item()
    best = probabilities.argmax(axis=1)
    return [
        ItemConsensus(
            item=name,
            label=labels.values[best[at]],
            confidence=float(probabilities[at, best[at]]),
            soft=_soft(labels, probabilities[at]),
            judgements=int(counts[at]),
            tied=_tied(labels, probabilities[at]),
        )
        for at, name in enumerate(labels.items)
        if counts[at]
    ]


def expected_right(labels: LabelTable, *, probabilities: ByValue) -> list[Reliability]:
    """Return, for each annotator, the expected share of labels that are right, with Wilson's interval."""
    right = probabilities[labels.item, labels.value]
    count = np.bincount(labels.annotator, minlength=len(labels.annotators))
    total = sum_by(labels.annotator, right, size=len(labels.annotators))
    return shares(labels.annotators, total=total, count=count.astype(float))


def shares(annotators: Sequence[str], *, total: Vector, count: Vector) -> list[Reliability]:
    """Return total / count of each annotator as a reliability."""
    return [
        _share(name, total=float(total[at]), count=float(count[at])) for at, name in enumerate(annotators)
    ]


def beta_interval(successes: float, failures: float) -> Range:
    """Return the middle 95 % of a Beta distribution."""
    low, high = stats.beta.ppf([0.025, 0.975], successes, failures)
    return Interval(float(low), float(high))


def _share(annotator: str, *, total: float, count: float) -> Reliability:
    if not count:
        nothing = Undefined("Undefined because nothing of this annotator's can be compared.")
        return Reliability(annotator=annotator, reliability=None, interval=nothing, judgements=0)
    share = min(1.0, max(0.0, total / count))
    return Reliability(
        annotator=annotator,
        reliability=share,
        interval=score_interval(share, n=count),
        judgements=int(count),
    )


def _soft(labels: LabelTable, row: Vector) -> dict[str, float]:
    return {labels.values[at]: float(row[at]) for at in np.flatnonzero(row > _SAME)}


def _tied(labels: LabelTable, row: Vector) -> tuple[str, ...]:
    alike = np.flatnonzero(row >= row.max() - _SAME)
    return tuple(labels.values[at] for at in alike) if len(alike) > 1 else ()
