"""The head: from the vectors of sentences to calibrated probabilities of both polarities and of all criteria.

Logistic regression over a Gaussian kernel: a sentence is compared with every example sentence, feedback and neutral
alike. Against a linear head the kernel tells remarks from the topics that they are about.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from feedback_mining.domain.taxonomy import CRITERIA, DSAT_CRITERIA, SAT_CRITERIA

Vectors: TypeAlias = NDArray[np.float32]
Scores: TypeAlias = NDArray[np.float64]

# Width and inverse regularisation with the best average precision in cross-validation on the example sentences.
_GAMMA = 2.0
_INVERSE_PENALTY = 30.0
_FOLDS = 5
# Examples are half feedback, conversations are not: probabilities are stated for these shares of messages.
SAT_SHARE = 0.15
DSAT_SHARE = 0.25
# Eigenvalues below it carry rounding errors only.
_LEAST_EIGENVALUE = 1e-6


@dataclass(frozen=True, slots=True)
class Head:
    """A fitted head; outputs are SAT, DSAT, then the 18 criteria, `outputs` in all.

    `landmarks`: (examples, dimensions) float16; `weights`: (examples, outputs); `scale`, `offset`: (outputs,),
    Platt's calibration of the decision values.
    """

    landmarks: NDArray[np.float16]
    weights: Vectors
    scale: Vectors
    offset: Vectors

    def probabilities(self, vectors: Vectors) -> Scores:
        """Return probabilities, shape (vectors, outputs)."""
        decisions = _kernel(vectors, self.landmarks.astype(np.float32)) @ self.weights
        return _logistic(decisions.astype(np.float64) * self.scale + self.offset)


def fit_head(vectors: Vectors, *, labels: NDArray[np.bool_]) -> Head:
    """Fit the head on examples: unit vectors (examples, dimensions), labels (examples, 18). Deterministic."""
    landmarks = vectors.astype(np.float16)
    rounded = landmarks.astype(np.float32)
    targets = _targets(labels)
    weights, intercepts = _fit(rounded, targets=targets)
    scale, offset = _calibration(_held_out_decisions(rounded, targets=targets), targets=targets)
    offset = offset + intercepts * scale
    return Head(landmarks, weights.astype(np.float32), scale.astype(np.float32), offset.astype(np.float32))


def _targets(labels: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return SAT, DSAT and the 18 criteria of each example."""
    names = list(CRITERIA)
    sat = labels[:, [names.index(name) for name in SAT_CRITERIA]].any(axis=1)
    dsat = labels[:, [names.index(name) for name in DSAT_CRITERIA]].any(axis=1)
    return np.column_stack([sat, dsat, labels])


def _fit(vectors: Vectors, *, targets: NDArray[np.bool_]) -> tuple[Scores, Scores]:
    """Return weights (examples, outputs) and intercepts (outputs,): logistic regression in the kernel's space."""
    kernel = _kernel(vectors, vectors).astype(np.float64)
    eigenvalues, eigenvectors = np.linalg.eigh(kernel)
    kept = eigenvalues > _LEAST_EIGENVALUE
    features_of = eigenvectors[:, kept] / np.sqrt(eigenvalues[kept])
    features = kernel @ features_of
    models = [LogisticRegression(C=_INVERSE_PENALTY, max_iter=3000).fit(features, one) for one in targets.T]
    coefficients = np.stack([model.coef_[0] for model in models], axis=1)
    return features_of @ coefficients, np.array([model.intercept_[0] for model in models])


def _held_out_decisions(vectors: Vectors, *, targets: NDArray[np.bool_]) -> Scores:
    """Return decision values of each example by a head that was fitted without it, shape (examples, outputs)."""
    decisions = np.zeros(targets.shape)
    polarity = np.where(targets[:, 1], 2, targets[:, 0])
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    for fitted, held_out in folds.split(vectors, polarity):
        weights, intercepts = _fit(vectors[fitted], targets=targets[fitted])
        decisions[held_out] = _kernel(vectors[held_out], vectors[fitted]) @ weights + intercepts
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


def _kernel(left: Vectors, right: Vectors) -> Vectors:
    """Return exp(−γ‖l − r‖²) of unit vectors, shape (left, right)."""
    kernel: Vectors = np.exp(2 * _GAMMA * (left @ right.T - 1))
    return kernel


def _logistic(values: Scores) -> Scores:
    probabilities: Scores = 1 / (1 + np.exp(-values))
    return probabilities
