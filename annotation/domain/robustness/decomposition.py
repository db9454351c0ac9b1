"""Where judgements vary: between items, between presentations, or between items under a presentation.

A two-way table of units by variants without replication: value = mean + unit + variant + rest. Components by the
method of moments; stability is ICC(2,1) of Shrout and Fleiss 1979: how well one judgement in one presentation, drawn
at random, stands for the unit.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from annotation.domain.figures import Undefined
from annotation.domain.robustness.presentations import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Decomposition:
    """Variance components, each at least 0, and the stability, at most 1."""

    items: float
    presentation: float
    rest: float
    stability: float
    units: int
    variants: int

    @property
    def shares(self) -> dict[str, float]:
        """Return each component's share of the whole; all 0 where nothing varies."""
        total = self.items + self.presentation + self.rest
        parts = {"items": self.items, "presentation": self.presentation, "rest": self.rest}
        return {name: part / total if total else 0.0 for name, part in parts.items()}

    def as_json(self) -> dict[str, Any]:
        """Return the figures as commands print them."""
        return {
            "stability": self.stability,
            "shares": self.shares,
            "variance": {"items": self.items, "presentation": self.presentation, "rest": self.rest},
            "units": self.units,
            "variants": self.variants,
        }


def decompose(values: FloatArray) -> Decomposition | Undefined:
    """Return the components of values of shape (units, variants) without gaps."""
    units, variants = values.shape
    if units < 2 or variants < 2:
        return Undefined(
            "Undefined because it takes two items that were judged in every presentation, and two presentations;"
            f" here are {units} and {variants}."
        )
    by_unit, by_variant, mean = values.mean(axis=1), values.mean(axis=0), values.mean()
    rest = values - by_unit[:, None] - by_variant[None, :] + mean
    unit_square = variants * float(np.sum((by_unit - mean) ** 2)) / (units - 1)
    variant_square = units * float(np.sum((by_variant - mean) ** 2)) / (variants - 1)
    rest_square = float(np.sum(rest**2)) / ((units - 1) * (variants - 1))
    of_variants = variants * (variant_square - rest_square) / units
    whole = unit_square + (variants - 1) * rest_square + of_variants
    if whole <= 0:
        return Undefined("Undefined because every judgement is the same.")
    return Decomposition(
        items=max(0.0, (unit_square - rest_square) / variants),
        presentation=max(0.0, (variant_square - rest_square) / units),
        rest=rest_square,
        stability=(unit_square - rest_square) / whole,
        units=units,
        variants=variants,
    )
