"""The label that most annotators gave."""

import numpy as np

from annotation.domain.consensus.contract import Consensus, Reliability, Takes
from annotation.domain.consensus.judgements import Judgements
from annotation.domain.consensus.votes import ByValue, items_of, shares, vote_counts
from annotation.domain.labels import LabelTable, sum_by


class Majority:
    """Every vote counts alike; the confidence is the share of votes."""

    name = "majority"
    title = "Majority"
    takes = Takes.LABELS

    def infer(self, judgements: Judgements) -> Consensus:
        """Return the label with most votes; where several have as many, the first of their order, and all as tied."""
        labels = judgements.labels
        counts = vote_counts(labels)
        votes = np.maximum(counts.sum(axis=1, keepdims=True), 1)
        return Consensus(
            items=items_of(labels, probabilities=counts / votes),
            annotators=_reliabilities(labels, counts=counts),
            reliability_means=(
                "The share of an annotator's labels that are the majority of the others' labels of the item; a tie of"
                " the others that includes it counts half."
            ),
        )


def _reliabilities(labels: LabelTable, *, counts: ByValue) -> list[Reliability]:
    own = counts[labels.item, labels.value]
    others = counts[labels.item]
    others[np.arange(len(labels)), labels.value] = 0
    strongest = others.max(axis=1)
    right = np.where(own - 1 > strongest, 1.0, np.where(own - 1 == strongest, 0.5, 0.0))
    compared = (own + others.sum(axis=1) > 1).astype(float)
    size = len(labels.annotators)
    return shares(
        labels.annotators,
        total=sum_by(labels.annotator, right * compared, size=size),
        count=sum_by(labels.annotator, compared, size=size),
    )
