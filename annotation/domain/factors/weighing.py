"""All factors together: an L2-regularised logistic model of the preference on factor differences.

P(chosen ≻ rejected) = σ(Σ wᵢ · dᵢ), d the difference, bent and scaled to a root mean square of 1. There is no
intercept, since which answer stands first is arbitrary. τ looks at each factor alone; a weight is what is left of it
beside the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from annotation.domain.factors.surface import SURFACE_FACTORS
from annotation.domain.factors.table import FactorTable, FloatArray, IntArray
from annotation.domain.factors.tau import clustered_share
from curation.domain.versions.intervals import Interval

FOLDS = 5
# scikit-learn's C: the penalty is a normal prior of variance 1 on each weight.
INVERSE_PENALTY = 1.0
FEWEST_PAIRS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """The log-odds that one root mean square more of a factor brings beside the others, with its 95 % interval."""

    weight: float
    interval: Interval

    def as_json(self) -> dict[str, Any]:
        """Return the weight as commands print it."""
        return {"weight": self.weight, "weight_interval": list(self.interval)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """Weights by factor, and how often the model is right about prompts that it was not fitted on."""

    weights: Mapping[str, Weight]
    accuracy: float | None
    interval: Interval | None
    folds: int
    undefined: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the model's figures as commands print them; the weights stand with their factors."""
        return {
            "accuracy": self.accuracy,
            "interval": list(self.interval) if self.interval else None,
            "folds": self.folds,
            **({"undefined": self.undefined} if self.undefined else {}),
        }


def weigh_factors(table: FactorTable) -> Weighing:
    """Fit the model to all pairs, and its accuracy by folds of prompts.

    Factors that are known of every pair and ever differ take part, of the measures of length one only.
    """
    folds = min(FOLDS, len(np.unique(table.prompt)))
    names = [name for name in table.names if _takes_part(table, name)]
    if folds < 2 or len(table) < FEWEST_PAIRS or not names:
        return Weighing(weights={}, accuracy=None, interval=None, folds=0, undefined=_too_few(len(table)))
    scaled = np.column_stack([_scaled(table.column(name)) for name in names])
    won = _held_out(scaled, prompt=table.prompt, folds=folds)
    return Weighing(
        weights=dict(zip(names, _weights(scaled, prompt=table.prompt), strict=True)),
        accuracy=float(won.mean()),
        interval=clustered_share(won, cluster=table.prompt),
        folds=folds,
    )


def _too_few(pairs: int) -> str:
    return (
        f"A model of all factors needs {FEWEST_PAIRS} pairs of at least two prompts that differ in some factor;"
        f" here are {pairs} pairs."
    )


def _takes_part(table: FactorTable, name: str) -> bool:
    factor = SURFACE_FACTORS.get(name)
    difference = table.column(name)
    return (factor is None or factor.weighed) and bool(np.isfinite(difference).all() and difference.any())


def _scaled(difference: FloatArray) -> FloatArray:
    """Scale differences to a root mean square of 1; far beyond their median they grow like logarithms.

    Ten times the usual difference says more than the usual one, but not ten times as much.
    """
    usual = np.median(np.abs(difference[difference != 0]))
    bent = np.arcsinh(difference / usual)
    scaled: FloatArray = bent / np.sqrt(np.mean(bent**2))
    return scaled


def _fitted(scaled: FloatArray) -> FloatArray:
    # Every row is "chosen minus rejected"; every second one is turned, since a classifier wants both outcomes.
    turned = np.where(np.arange(len(scaled)) % 2, -1.0, 1.0)
    model = LogisticRegression(C=INVERSE_PENALTY, fit_intercept=False, max_iter=1000)
    model.fit(scaled * turned[:, None], turned > 0)
    weights: FloatArray = model.coef_[0]
    return weights


def _held_out(scaled: FloatArray, *, prompt: IntArray, folds: int) -> FloatArray:
    """Return for each pair 1 where a model fitted on other prompts prefers the chosen answer, ½ where it is torn."""
    won = np.empty(len(scaled))
    for train, test in GroupKFold(n_splits=folds).split(scaled, groups=prompt):
        won[test] = (np.sign(scaled[test] @ _fitted(scaled[train])) + 1) / 2
    return won


def _weights(scaled: FloatArray, *, prompt: IntArray) -> list[Weight]:
    """Return weights with the standard errors of the sandwich estimator over prompts."""
    weights = _fitted(scaled)
    chance = expit(scaled @ weights)
    curvature = (scaled * (chance * (1 - chance))[:, None]).T @ scaled
    bread = np.linalg.inv(curvature + np.eye(len(weights)) / INVERSE_PENALTY)
    _, number = np.unique(prompt, return_inverse=True)
    slopes = np.zeros((int(number.max()) + 1, len(weights)))
    np.add.at(slopes, number, scaled * (1 - chance)[:, None])
    errors = 1.96 * np.sqrt(np.diag(bread @ (slopes.T @ slopes) @ bread))
    return [
        Weight(weight=float(weight), interval=Interval(float(weight - error), float(weight + error)))
        for weight, error in zip(weights, errors, strict=True)
    ]
