"""Dawid and Skene 1979: every annotator has a table of errors, found together with the true labels."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation.domain.consensus.contract import Consensus, ConsensusError, Takes
from annotation.domain.consensus.judgements import Judgements
from annotation.domain.consensus.votes import ByValue, expected_right, items_of, vote_counts
from annotation.domain.labels import LabelTable, Vector, sum_by

# Where an annotator never gave a label, the estimate is 0, and its logarithm has to stay finite.
_LEAST = 1e-10
_TOLERANCE = 1e-7
# Tables of errors of so many cells take 160 MB.
_MOST_CELLS = 20_000_000


@dataclass(frozen=True, slots=True)
class DawidSkene:
    """Expectation maximisation from the majority's votes until the expected log-likelihood settles."""

    name = "dawid_skene"
    title = "Dawid–Skene"
    takes = Takes.LABELS
    rounds: int = 500

    def infer(self, judgements: Judgements) -> Consensus:
        """Return the likeliest labels; needs annotators with several labels each, whose errors can be told."""
        labels = judgements.labels
        fit = fit_dawid_skene(labels, rounds=self.rounds)
        unsettled = f"The estimate had not settled after {self.rounds} rounds."
        return Consensus(
            items=items_of(labels, probabilities=fit.probabilities),
            annotators=expected_right(labels, probabilities=fit.probabilities),
            reliability_means="The expected share of an annotator's labels that are the true one.",
            figures={
                f"share of {value}": float(share)
                for value, share in zip(labels.values, fit.priors, strict=True)
            },
            notes=() if fit.has_settled else (unsettled,),
        )


class Fit(NamedTuple):
    """Probabilities of shape (items, values), priors (values,), errors (annotators, true value, given value)."""

    probabilities: ByValue
    priors: Vector
    errors: NDArray[np.float64]
    has_settled: bool


def fit_dawid_skene(labels: LabelTable, *, rounds: int = 500) -> Fit:
    """Fit the model; raises ConsensusError where labels are no classes."""
    counts = vote_counts(labels)
    if len(labels.annotators) * counts.shape[1] ** 2 > _MOST_CELLS:
        raise ConsensusError(
            f"Tables of errors of {len(labels.annotators)} annotators with {counts.shape[1]} labels do not fit into"
            " memory. Take mace, which has one figure an annotator and label."
        )
    judged = counts.sum(axis=1) > 0
    probabilities = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    before = -np.inf
    for _ in range(rounds):
        priors = np.maximum(probabilities[judged].mean(axis=0), _LEAST)
        errors = _errors(labels, probabilities=probabilities)
        joint = _joint(labels, priors=priors, errors=errors)
        top = joint.max(axis=1, keepdims=True)
        evidence = np.log(np.exp(joint - top).sum(axis=1)) + top[:, 0]
        probabilities = np.exp(joint - evidence[:, None])
        now = float(evidence[judged].sum())
        if abs(now - before) < _TOLERANCE:
            return Fit(probabilities, priors, errors, has_settled=True)
        before = now
    return Fit(probabilities, priors, errors, has_settled=False)


def _errors(labels: LabelTable, *, probabilities: ByValue) -> NDArray[np.float64]:
    """Return P(given value | annotator, true value) from the expected true values, M-step."""
    size = len(labels.values)
    given = labels.annotator * size + labels.value
    counts = np.stack(
        [
            sum_by(given, probabilities[labels.item, true], size=len(labels.annotators) * size).reshape(
                -1, size
            )
            for true in range(size)
        ],
        axis=1,
    )
    counts = np.maximum(counts, _LEAST)
    return np.asarray(counts / counts.sum(axis=2, keepdims=True))


def _joint(labels: LabelTable, *, priors: Vector, errors: NDArray[np.float64]) -> ByValue:
    """Return log P(true value, labels of the item), E-step."""
    logs = np.log(errors)
    sums = [
        sum_by(labels.item, logs[labels.annotator, true, labels.value], size=len(labels.items))
        for true in range(len(labels.values))
    ]
    return np.asarray(np.stack(sums, axis=1) + np.log(priors))
