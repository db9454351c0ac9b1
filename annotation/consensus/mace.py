"""MACE: an annotator either knows, and gives the true label, or guesses by a habit. Hovy et al. 2013."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from annotation.domain.consensus.contract import Consensus, Reliability, Takes
from annotation.domain.consensus.judgements import Judgements
from annotation.domain.consensus.votes import ByValue, beta_interval, items_of, require_classes
from annotation.domain.labels import LabelTable, Vector, sum_by

# The priors of the authors' program: a U-shaped one of knowing, a firm one of guessing evenly.
_KNOWING, _GUESSING = 0.5, 10.0
_TOLERANCE = 1e-7


@dataclass(frozen=True, slots=True)
class Mace:
    """Variational Bayes from an even start; few labels each are enough, since an annotator has few parameters."""

    name = "mace"
    title = "MACE"
    takes = Takes.LABELS
    rounds: int = 500

    def infer(self, judgements: Judgements) -> Consensus:
        """Return the likeliest labels, and how often each annotator knew."""
        labels = judgements.labels
        fit = fit_mace(labels, rounds=self.rounds)
        return Consensus(
            items=items_of(labels, probabilities=fit.probabilities),
            annotators=[_reliability(labels, fit=fit, at=at) for at in range(len(labels.annotators))],
            reliability_means="The share of an annotator's labels that were known rather than guessed.",
            notes=() if fit.has_settled else (f"The estimate had not settled after {self.rounds} rounds.",),
        )


class Fit(NamedTuple):
    """Probabilities of shape (items, values); expected numbers of known and guessed labels of each annotator."""

    probabilities: ByValue
    known: Vector
    guessed: Vector
    has_settled: bool


class _Beliefs(NamedTuple):
    """How likely each annotator knows, shape (annotators,), and guesses each value, shape (annotators, values)."""

    knows: Vector
    guesses: Vector
    habits: NDArray[np.float64]


def fit_mace(labels: LabelTable, *, rounds: int = 500) -> Fit:
    """Fit the model; raises ConsensusError where labels are no classes."""
    require_classes(labels)
    size, people = len(labels.values), len(labels.annotators)
    beliefs = _Beliefs(np.full(people, 0.5), np.full(people, 0.5), np.full((people, size), 1 / size))
    count = sum_by(labels.annotator, np.ones(len(labels)), size=people)
    before = -np.inf
    for _ in range(rounds):
        evidence, probabilities, known = _expected(labels, beliefs)
        by_annotator = sum_by(labels.annotator, known, size=people)
        if abs(evidence - before) < _TOLERANCE:
            return Fit(probabilities, by_annotator, count - by_annotator, has_settled=True)
        before = evidence
        beliefs = _believed(labels, known=known, by_annotator=by_annotator, count=count)
    return Fit(probabilities, by_annotator, count - by_annotator, has_settled=False)


def _expected(labels: LabelTable, beliefs: _Beliefs) -> tuple[float, ByValue, Vector]:
    """Return the evidence, the probabilities of the true values, and of each label that it was known."""
    size = len(labels.values)
    guessed = beliefs.guesses[labels.annotator] * beliefs.habits[labels.annotator, labels.value]
    known = beliefs.knows[labels.annotator]
    # A label speaks for its own value; for every other one it was a guess.
    cells = labels.item * size + labels.value
    louder = np.log(guessed + known) - np.log(guessed)
    speaks = sum_by(cells, louder, size=len(labels.items) * size).reshape(-1, size)
    top = speaks.max(axis=1, keepdims=True)
    total = np.log(np.exp(speaks - top).sum(axis=1, keepdims=True)) + top
    probabilities = np.exp(speaks - total)
    evidence = float(np.log(guessed).sum() + total.sum())
    return evidence, probabilities, probabilities[labels.item, labels.value] * known / (guessed + known)


def _believed(labels: LabelTable, *, known: Vector, by_annotator: Vector, count: Vector) -> _Beliefs:
    """Return the variational update: e^ψ of expected counts and priors."""
    size, people = len(labels.values), len(labels.annotators)
    cells = labels.annotator * size + labels.value
    guesses = sum_by(cells, 1 - known, size=people * size).reshape(people, size) + _GUESSING
    scale = digamma(count + 2 * _KNOWING)
    return _Beliefs(
        np.exp(digamma(by_annotator + _KNOWING) - scale),
        np.exp(digamma(count - by_annotator + _KNOWING) - scale),
        np.exp(digamma(guesses) - digamma(guesses.sum(axis=1, keepdims=True))),
    )


def _reliability(labels: LabelTable, *, fit: Fit, at: int) -> Reliability:
    known, guessed = float(fit.known[at]) + _KNOWING, float(max(fit.guessed[at], 0)) + _KNOWING
    return Reliability(
        annotator=labels.annotators[at],
        reliability=known / (known + guessed),
        interval=beta_interval(known, guessed),
        judgements=round(float(fit.known[at] + fit.guessed[at])),
    )
