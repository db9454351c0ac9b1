"""Consensus orders from a choice model whose annotators may answer at random.

Each annotator attends with some probability; an order given without attention is any order with equal chance. Which
orders those were is found together with the strengths, by expectation maximisation (after Chen et al. 2013).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import lgamma
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from annotation.domain.consensus.choice_model import (
    Choices,
    choices_of,
    curvature,
    errors_of_difference,
    fit_strengths,
)
from annotation.domain.consensus.contract import Consensus, ConsensusError, ItemConsensus, Reliability
from annotation.domain.consensus.orders import JudgedOrder, order_by_strength
from annotation.domain.consensus.reach import unreached
from annotation.domain.consensus.votes import beta_interval
from annotation.domain.labels import Codes, Vector, sum_by

RELIABILITY_MEANS = "The share of an annotator's orders that were given with attention rather than at random."
# What is believed of an annotator before any order: attentive nine times of ten, as firmly as ten orders would tell.
_ATTENTIVE, _RANDOM = 9.0, 1.0
_ROUNDS = 30
_TOLERANCE = 1e-4
# Strengths closer than what fitting leaves are tied.
_APART = 1e-5


class Fit(NamedTuple):
    """Strengths of all responses, how far each order is trusted, and the annotators' attention."""

    choices: Choices
    strengths: Vector
    trust: Vector
    attention: Vector
    annotators: tuple[str, ...]
    annotator_of: Codes


def infer_by_strength(orders: Sequence[JudgedOrder]) -> Consensus:
    """Return the consensus order of each item, by strength; raises ConsensusError where there is no order."""
    if not orders:
        raise ConsensusError("No row holds an order of responses, so there is nothing to agree on.")
    fit = fit_attentive(orders)
    trust = fit.trust[fit.choices.order_of]
    curved = curvature(fit.choices, strengths=fit.strengths, trust=trust)
    by_item: dict[str, list[JudgedOrder]] = {}
    for each in orders:
        by_item.setdefault(each.item, []).append(each)
    return Consensus(
        items=[
            _item(
                name,
                responses,
                strengths=fit.strengths[start : start + len(responses)],
                inverse=np.linalg.inv(
                    curved[start : start + len(responses), start : start + len(responses)].toarray()
                ),
                orders=by_item[name],
            )
            for (name, responses), start in zip(fit.choices.items, fit.choices.starts, strict=True)
        ],
        annotators=_reliabilities(fit),
        reliability_means=RELIABILITY_MEANS,
    )


def fit_attentive(orders: Sequence[JudgedOrder]) -> Fit:
    """Fit strengths and attention in turn until attention settles."""
    choices = choices_of(orders)
    names = tuple(dict.fromkeys(each.annotator for each in orders))
    place = {name: at for at, name in enumerate(names)}
    annotator_of = np.array([place[each.annotator] for each in orders], dtype=np.intp)
    at_random = np.array([_log_of_random(each) for each in orders])
    attention = np.full(len(names), _ATTENTIVE / (_ATTENTIVE + _RANDOM))
    trust = np.ones(len(orders))
    strengths = fit_strengths(choices)
    for _ in range(_ROUNDS):
        likely = sum_by(choices.order_of, choices.log_likelihoods(strengths), size=len(orders))
        odds = np.log(attention) - np.log1p(-attention)
        trust = 1 / (1 + np.exp(-np.clip(odds[annotator_of] + likely - at_random, -500, 500)))
        before, attention = attention, _attention(trust, annotator_of=annotator_of, count=len(names))
        strengths = fit_strengths(choices, trust=trust[choices.order_of], start=strengths)
        if np.abs(attention - before).max() < _TOLERANCE:
            break
    return Fit(choices, strengths, trust, attention, names, annotator_of)


def _log_of_random(judged: JudgedOrder) -> float:
    """Return the logarithm of the chance of an order given at random, on the scale that ties are counted in."""
    tiers = [len(tier) for tier in judged.order.tiers]
    count = sum(tiers)
    if max(tiers) == 1:
        return -lgamma(count + 1)
    # As the likelihood counts it: every response equally strong.
    logs = 0.0
    for at, size in enumerate(tiers):
        below = sum(tiers[at + 1 :])
        logs -= (size * np.log(below + 1) if below else 0.0) + size * (size - 1) / 2 * np.log(2)
    return float(logs)


def _attention(trust: Vector, *, annotator_of: Codes, count: int) -> Vector:
    attended = sum_by(annotator_of, trust, size=count)
    given = sum_by(annotator_of, np.ones(len(trust)), size=count)
    return np.asarray((attended + _ATTENTIVE) / (given + _ATTENTIVE + _RANDOM))


def _item(
    name: str,
    responses: tuple[str, ...],
    *,
    strengths: Vector,
    inverse: np.typing.NDArray[np.float64],
    orders: Sequence[JudgedOrder],
) -> ItemConsensus:
    ranked = order_by_strength(responses, strengths.tolist(), apart=_APART)
    shares = np.exp(strengths - strengths.max())
    first, second = np.argsort(-strengths, kind="stable")[:2].tolist()
    error = errors_of_difference(inverse, one=first, other=second)
    gap = float(strengths[first] - strengths[second])
    return ItemConsensus(
        item=name,
        label=str(ranked),
        # How sure it is that the first is better than the second, strengths taken as normal about their estimate.
        confidence=NormalDist().cdf(gap / error) if error else 0.5,
        soft=dict(zip(responses, (shares / shares.sum()).tolist(), strict=True)),
        judgements=len(orders),
        tied=ranked.tiers[0] if len(ranked.tiers[0]) > 1 else (),
        note=unreached(responses, orders=[each.order for each in orders]),
    )


def _reliabilities(fit: Fit) -> list[Reliability]:
    count = len(fit.annotators)
    attended = sum_by(fit.annotator_of, fit.trust, size=count)
    given = sum_by(fit.annotator_of, np.ones(len(fit.trust)), size=count)
    return [
        Reliability(
            annotator=name,
            reliability=float(fit.attention[at]),
            interval=beta_interval(
                float(attended[at]) + _ATTENTIVE, float(given[at] - attended[at]) + _RANDOM
            ),
            judgements=int(given[at]),
        )
        for at, name in enumerate(fit.annotators)
    ]
