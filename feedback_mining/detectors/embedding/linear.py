"""The linear head over a whole message: what its sentences, the response before and the earlier requests tell.

Logistic regression with a prior: weights are drawn towards those that they start from, the shipped ones for a
project's own head, zero for the shipped ones. So a dozen reviews move it a little and a thousand as far as they must.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, hstack, issparse

from feedback_mining.detectors.embedding.head import Scores

# Features of messages, shape (messages, features); sparse where each word is one.
Inputs: TypeAlias = Scores | csr_matrix
# Outputs of the head.
POLARITIES = ("sat", "dsat")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearHead:
    """`weights`: (features + 1, 2), the last row is the offset; `shifts`: log-odds by which criteria are favoured."""

    weights: NDArray[np.float32]
    shifts: NDArray[np.float32]
    version: str = ""

    def probabilities(self, features: Inputs) -> Scores:
        """Return the probabilities of SAT and DSAT, shape (messages, 2)."""
        decisions = _with_offset(features) @ self.weights.astype(np.float64)
        probabilities: Scores = 1 / (1 + np.exp(-decisions.clip(-30, 30)))
        return probabilities

    def as_bytes(self) -> bytes:
        """Return the weights as they are stored."""
        file = BytesIO()
        np.savez_compressed(file, weights=self.weights, shifts=self.shifts)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, stored: bytes, *, version: str) -> "LinearHead":
        """Return what `as_bytes` gave."""
        with np.load(BytesIO(stored)) as arrays:
            return cls(weights=arrays["weights"], shifts=arrays["shifts"], version=version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Messages with what is known of them: features (messages, features), both others (messages, 2).

    `importance` is 0 where nobody said whether the polarity is there.
    """

    features: Inputs
    labels: NDArray[np.bool_]
    importance: Scores


def fit_linear(labelled: Labelled, *, start: Scores, pull: float, shifts: Sequence[float]) -> LinearHead:
    """Return the head under which the labels are likeliest, less `pull`/2 times the squared way from `start`.

    `start`: (features + 1, 2). The offset is pulled too, a tenth as strongly.
    """
    inputs = _with_offset(labelled.features)
    strength = np.full(inputs.shape[1], pull)
    strength[-1] = pull / 10
    columns = [
        _fit_one(inputs, labelled.labels[:, at], labelled.importance[:, at], start[:, at], strength)
        for at in range(len(POLARITIES))
    ]
    return LinearHead(
        weights=np.stack(columns, axis=1).astype(np.float32), shifts=np.array(shifts, dtype=np.float32)
    )


def _fit_one(
    inputs: Inputs, labels: NDArray[np.bool_], importance: Scores, start: Scores, strength: Scores
) -> Scores:
    signs = np.where(labels, 1.0, -1.0)

    def loss(weights: Scores) -> tuple[float, Scores]:
        margins = signs * (inputs @ weights)
        way = weights - start
        value = (importance * np.logaddexp(0, -margins)).sum() + 0.5 * (strength * way**2).sum()
        gradient = -inputs.T @ (importance * signs / (1 + np.exp(margins.clip(-60, 60)))) + strength * way
        return float(value), gradient

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
    best: Scores = found.x
    return best


def _with_offset(features: Inputs) -> Inputs:
    offset = np.ones((features.shape[0], 1))
    return hstack([features, offset]).tocsr() if issparse(features) else np.hstack([features, offset])
