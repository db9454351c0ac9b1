"""The mean rating, freed of how strict each annotator is, and drawn towards the middle where there are few ratings."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from annotation.domain.consensus.contract import Consensus, ItemConsensus, Takes
from annotation.domain.consensus.judgements import Judgements
from annotation.domain.consensus.ratings import (
    RELIABILITY_MEANS,
    Scale,
    by_item,
    plain_number,
    rating_reliabilities,
    ratings_of,
)
from annotation.domain.labels import Codes, LabelTable, Vector, sum_by

_TOLERANCE = 1e-9
# A variance of exactly 0 would divide by it; this share of the whole is as good as none.
_LEAST_SHARE = 1e-9
_LEAST_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True)
class ShrunkenMean:
    """A rating is a mean + what the item is + how the annotator leans + chance, all normal; Robinson 1991."""

    name = "shrunken_mean"
    title = "Mean with shrinkage"
    takes = Takes.RATINGS
    rounds: int = 500

    def infer(self, judgements: Judgements) -> Consensus:
        """Return each item's best linear prediction; one lone rating moves it less than ten that agree."""
        labels = judgements.ratings
        ratings = ratings_of(labels)
        fit = fit_shrunken(labels, ratings=ratings, rounds=self.rounds)
        step = Scale.of(ratings).step
        return Consensus(
            items=[_item(labels, own, fit=fit, step=step, ratings=ratings) for own in by_item(labels)],
            annotators=rating_reliabilities(labels, ratings=ratings),
            reliability_means=RELIABILITY_MEANS,
            figures={
                "mean": fit.mean,
                "variance of items": fit.of_items,
                "variance of annotators": fit.of_annotators,
                "variance of chance": fit.of_chance,
            },
        )


class Fit(NamedTuple):
    """Variances, the mean, and how far each item and annotator lies from it, with the items' standard errors."""

    mean: float
    items: Vector
    annotators: Vector
    errors: Vector
    of_items: float
    of_annotators: float
    of_chance: float


@dataclass(slots=True, kw_only=True)
class _Effect:
    """What items, or annotators, add to a rating: a normal variable of this variance for each."""

    codes: Codes
    counts: Vector
    variance: float
    values: Vector
    uncertain: Vector

    @classmethod
    def of(cls, codes: Codes, *, size: int, variance: float) -> "_Effect":
        """Return an effect that is nothing yet."""
        counts = sum_by(codes, np.ones(len(codes)), size=size)
        return cls(
            codes=codes, counts=counts, variance=variance, values=np.zeros(size), uncertain=np.zeros(size)
        )

    @property
    def of_ratings(self) -> Vector:
        """The effect on each rating."""
        return self.values[self.codes]

    @property
    def rated(self) -> int:
        """How many have a rating."""
        return int(np.count_nonzero(self.counts))

    def predict(self, left: Vector, *, chance: float) -> None:
        """Predict the effect from what the other effects leave of the ratings."""
        self.uncertain = chance / (self.counts + chance / self.variance)
        self.values = sum_by(self.codes, left, size=len(self.counts)) * self.uncertain / chance

    def estimate(self, *, least: float) -> None:
        """Estimate the variance from what was predicted of those that have ratings."""
        rated = self.counts > 0
        self.variance = max(least, float((self.values[rated] ** 2 + self.uncertain[rated]).mean()))


def fit_shrunken(labels: LabelTable, *, ratings: Vector, rounds: int = 500) -> Fit:
    """Fit by expectation maximisation, items and annotators predicted in turn; one annotator has no leaning."""
    whole = max(float(ratings.var()), _LEAST_VARIANCE)
    least, chance = _LEAST_SHARE * whole, whole / 3
    items = _Effect.of(labels.item, size=len(labels.items), variance=chance)
    people = _Effect.of(labels.annotator, size=len(labels.annotators), variance=chance)
    effects = [items, people] if len(labels.annotators) > 1 else [items]
    mean = float(ratings.mean())
    for _ in range(rounds):
        before = items.values
        mean = float((ratings - items.of_ratings - people.of_ratings).mean())
        for effect in effects:
            others = sum((other.of_ratings for other in effects if other is not effect), start=np.zeros(1))
            effect.predict(ratings - mean - others, chance=chance)
        rest = ratings - mean - items.of_ratings - people.of_ratings
        uncertain = sum(float(effect.counts @ effect.uncertain) for effect in effects)
        chance = max(least, (float(rest @ rest) + uncertain) / len(ratings))
        for effect in effects:
            effect.estimate(least=least)
        if np.abs(items.values - before).max() < _TOLERANCE * sqrt(whole):
            break
    of_people = people.variance if len(effects) > 1 else 0.0
    # The mean is an estimate too: of so many items, annotators and ratings.
    of_mean = items.variance / items.rated + of_people / people.rated + chance / len(ratings)
    errors = np.sqrt(items.uncertain + of_mean)
    return Fit(mean, items.values, people.values, errors, items.variance, of_people, chance)


def _item(labels: LabelTable, own: Codes, *, fit: Fit, step: float, ratings: Vector) -> ItemConsensus:
    at = int(labels.item[own[0]])
    value, error = fit.mean + float(fit.items[at]), max(float(fit.errors[at]), _LEAST_VARIANCE)
    within = NormalDist(value, error)
    values, counts = np.unique(ratings[own], return_counts=True)
    return ItemConsensus(
        item=labels.items[at],
        label=plain_number(value),
        # How sure it is that the true rating lies within half a step.
        confidence=within.cdf(value + step / 2) - within.cdf(value - step / 2),
        soft={
            plain_number(each): float(count / len(own)) for each, count in zip(values, counts, strict=True)
        },
        judgements=len(own),
        value=value,
        note=f"95 % between {plain_number(within.inv_cdf(0.025))} and {plain_number(within.inv_cdf(0.975))}",
    )
