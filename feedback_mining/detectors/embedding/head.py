"""The head: from sentences and their vectors to calibrated probabilities of both polarities and of all criteria.

Ridge regression over the sum of two kernels. The Gaussian one compares a sentence's vector with that of every example
sentence, feedback and neutral alike, and so tells remarks from the topics that they are about. The other counts the
words and pairs of words that both have: "I said" and "you said" lie near each other in meaning. Fitting takes seconds,
being one system of equations for all criteria.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold

from feedback_mining.domain.taxonomy import CRITERIA, DSAT_CRITERIA, SAT_CRITERIA

Vectors: TypeAlias = NDArray[np.float32]
Scores: TypeAlias = NDArray[np.float64]

# Width, weight of the words and regularisation with the best average precision on kinds of examples held out whole.
_GAMMA = 1.5
_WORD_WEIGHT = 0.4
_RIDGE = 0.3
_FOLDS = 5
# Words are hashed to so many places; "^" stands before the first one.
WORD_PLACES = 2**15
_BEGIN = "^ "
_WORD_PATTERN = r"(?u)\b\w+\b|[?!^]"
_WORDS = HashingVectorizer(
    ngram_range=(1, 2),
    n_features=WORD_PLACES,
    token_pattern=_WORD_PATTERN,
    alternate_sign=False,
    binary=True,
    norm="l2",
)
# Examples are half feedback, conversations are not: probabilities are stated for these shares of messages.
SAT_SHARE = 0.15
DSAT_SHARE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A fitted head; outputs are SAT, DSAT, then the 18 criteria, `outputs` in all.

    `landmarks`: (examples, dimensions); `weights`: (examples, outputs); `words`: (places, outputs); `scale`, `offset`:
    (outputs,), Platt's calibration of the decision values. Landmarks and words are rounded to what float16 holds, in
    which they are stored.
    """

    landmarks: Vectors
    weights: Vectors
    words: Vectors
    scale: Vectors
    offset: Vectors

    def probabilities(self, vectors: Vectors, *, sentences: Sequence[str]) -> Scores:
        """Return probabilities, shape (sentences, outputs)."""
        near = _kernel(vectors, self.landmarks) @ self.weights
        worded = words_of(sentences) @ self.words
        return _logistic((near + worded).astype(np.float64) * self.scale + self.offset)


@dataclass(frozen=True, slots=True)
class _Examples:
    """Vectors, rounded as they are stored, and words of examples."""

    vectors: Vectors
    words: csr_matrix

    def part(self, chosen: NDArray[np.int_]) -> "_Examples":
        """Return some of them."""
        return _Examples(self.vectors[chosen], self.words[chosen])

    def kernel(self, other: "_Examples") -> Vectors:
        """Return how alike each of these and of the others are, shape (these, others)."""
        worded = (self.words @ other.words.T).toarray()
        kernel: Vectors = _kernel(self.vectors, other.vectors) + _WORD_WEIGHT * worded
        return kernel


def fit_head(
    vectors: Vectors, *, sentences: Sequence[str], labels: NDArray[np.bool_], groups: Sequence[str]
) -> Head:
    """Fit the head on examples: unit vectors (examples, dimensions), labels (examples, 18). Deterministic.

    Examples of a group are held out together where probabilities are calibrated: they say the same of other things.
    """
    examples = _Examples(_rounded(vectors), words_of(sentences))
    targets = _targets(labels)
    weights, intercepts = _fit(examples, targets=targets)
    held_out = _held_out_decisions(examples, targets=targets, groups=groups)
    scale, offset = _calibration(held_out, targets=targets)
    return Head(
        landmarks=examples.vectors,
        weights=weights.astype(np.float32),
        words=_rounded(_WORD_WEIGHT * (examples.words.T @ weights)),
        scale=scale.astype(np.float32),
        offset=(offset + intercepts * scale).astype(np.float32),
    )


def _targets(labels: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return SAT, DSAT and the 18 criteria of each example."""
    names = list(CRITERIA)
    sat = labels[:, [names.index(name) for name in SAT_CRITERIA]].any(axis=1)
    dsat = labels[:, [names.index(name) for name in DSAT_CRITERIA]].any(axis=1)
    return np.column_stack([sat, dsat, labels])


def _fit(examples: _Examples, *, targets: NDArray[np.bool_]) -> tuple[Scores, Scores]:
    """Return weights (examples, outputs) and intercepts (outputs,): ridge regression in the kernels' space."""
    kernel = examples.kernel(examples).astype(np.float64)
    kernel[np.diag_indices_from(kernel)] += _RIDGE
    signs = np.where(targets, 1.0, -1.0)
    intercepts: Scores = signs.mean(axis=0)
    weights: Scores = solve(kernel, signs - intercepts, assume_a="pos")
    return weights, intercepts


def _held_out_decisions(examples: _Examples, *, targets: NDArray[np.bool_], groups: Sequence[str]) -> Scores:
    """Return decision values of each example by a head that was fitted without it, shape (examples, outputs)."""
    decisions = np.zeros(targets.shape)
    polarity = np.where(targets[:, 1], 2, targets[:, 0])
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=0)
    for fitted, held_out in folds.split(targets, polarity, groups):
        rest = examples.part(fitted)
        weights, intercepts = _fit(rest, targets=targets[fitted])
        decisions[held_out] = examples.part(held_out).kernel(rest) @ weights + intercepts
    return decisions


def _calibration(decisions: Scores, *, targets: NDArray[np.bool_]) -> tuple[Scores, Scores]:
    """Return Platt's scale and offset of each output, for the shares of feedback that conversations have."""
    sat, dsat = targets[:, 0], targets[:, 1]
    importance = importance_of(sat, share=SAT_SHARE) * importance_of(dsat, share=DSAT_SHARE)
    models = [
        LogisticRegression(C=1e6).fit(values[:, None], target, sample_weight=importance)
        for values, target in zip(decisions.T, targets.T, strict=True)
    ]
    return np.array([model.coef_[0, 0] for model in models]), np.array([m.intercept_[0] for m in models])


def importance_of(target: NDArray[np.bool_], *, share: float) -> Scores:
    """Return the weights of examples under which `share` of them is positive."""
    importance: Scores = np.where(target, share / target.mean(), (1 - share) / (1 - target.mean()))
    return importance


def _rounded(numbers: NDArray[np.floating]) -> Vectors:
    return numbers.astype(np.float16).astype(np.float32)


def words_of(sentences: Sequence[str]) -> csr_matrix:
    """Return which words and pairs of words each sentence has, rows of unit length, shape (sentences, places)."""
    return _WORDS.transform([f"{_BEGIN}{sentence}" for sentence in sentences]).astype(np.float32)


def _kernel(left: Vectors, right: Vectors) -> Vectors:
    """Return exp(−γ‖l − r‖²) of unit vectors, shape (left, right)."""
    kernel: Vectors = np.exp(2 * _GAMMA * (left @ right.T - 1))
    return kernel


def _logistic(values: Scores) -> Scores:
    probabilities: Scores = 1 / (1 + np.exp(-values))
    return probabilities
