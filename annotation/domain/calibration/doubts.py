"""Which choices between two answers look wrong to a scorer that knows more of them than chance does."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotation.domain.calibration.noise import suspect_labels
from annotation.domain.factors.tau import clustered_share
from annotation.domain.figures import Undefined
from curation.domain.versions.intervals import Interval

TORN = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """How often the scorer prefers what was chosen, the share of choices it calls wrong, and which to look at first."""

    agreement: float
    interval: Interval
    wrong_labels: float
    rows: tuple[int, ...]


def doubted_choices(chances: Sequence[float], *, items: Sequence[int]) -> Doubts | Undefined:
    """Find the choices that a scorer doubts, by confident learning.

    chances: how likely the scorer, which was not fitted on these choices, finds the answer that was chosen; items: a
    number for each two answers, whose choices hang together. Each choice is taken in both orders, since which answer
    stands first says nothing.
    """
    own = np.asarray(chances, dtype=np.float64)
    won = (np.sign(own - TORN) + 1) / 2
    interval = clustered_share(won, cluster=np.asarray(items, dtype=np.int64)) if len(own) else None
    if interval is None:
        return Undefined(
            "Undefined because this scorer says nothing of at least two of the pairs judged here."
        )
    if interval.low <= TORN:
        return Undefined(
            f"Undefined because this scorer prefers what was chosen in {won.mean():.1%} of cases"
            f" ({interval.low:.1%} to {interval.high:.1%}), which may be chance: its doubts would say nothing."
        )
    both = np.concatenate([np.column_stack([own, 1 - own]), np.column_stack([1 - own, own])])
    found = suspect_labels(both, labels=[0] * len(own) + [1] * len(own))
    if isinstance(found, Undefined):
        return found
    return Doubts(
        agreement=float(won.mean()),
        interval=interval,
        wrong_labels=found.rate,
        rows=tuple(row for row in found.rows if row < len(own)),
    )
