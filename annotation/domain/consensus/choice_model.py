"""Strengths of responses from choices among them: Plackett and Luce, of which Bradley and Terry is the case of two.

An order of k responses is k − 1 choices: the best of all, the best of the rest, and so on. Tied responses each beat
what is below them, and each pair of them is half a win for either, so that a name never breaks a tie. Strengths are
natural logarithms with mean 0 in each item; a small ridge keeps those finite that always won or never did.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from annotation.domain.consensus.orders import JudgedOrder, Order
from annotation.domain.labels import Codes, Vector, sum_by

# log P is penalised by RIDGE · Σ strength², a normal prior of variance 5: odds of e^±4.4 are within its middle 95 %.
RIDGE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Choices:
    """Choices among responses of all items at once.

    `items` has the responses of each item, `starts` where they begin among all. Each choice takes `chosen` from the
    responses that `members` lists: entry i belongs to the choice `choice_of[i]`. `order_of` says which judged order a
    choice comes from, `weights` counts ties as half.
    """

    items: Sequence[tuple[str, tuple[str, ...]]]
    starts: Sequence[int]
    chosen: Codes
    members: Codes
    choice_of: Codes
    order_of: Codes
    weights: Vector

    @property
    def size(self) -> int:
        """How many responses there are."""
        return sum(len(names) for _, names in self.items)

    def log_likelihoods(self, strengths: Vector) -> Vector:
        """Return the logarithm of each choice's probability, ties weighted, shape (choices,)."""
        return self.weights * (strengths[self.chosen] - self._log_sums(strengths))

    def gradient(self, strengths: Vector, *, weights: Vector) -> Vector:
        """Return the derivative of the weighted log-likelihood."""
        won = sum_by(self.chosen, weights, size=self.size)
        return won - sum_by(self.members, weights[self.choice_of] * self.shares(strengths), size=self.size)

    def shares(self, strengths: Vector) -> Vector:
        """Return the probability of each member of each choice."""
        return np.asarray(np.exp(strengths[self.members] - self._log_sums(strengths)[self.choice_of]))

    def _log_sums(self, strengths: Vector) -> Vector:
        count = len(self.chosen)
        top = np.full(count, -np.inf)
        np.maximum.at(top, self.choice_of, strengths[self.members])
        sums = sum_by(self.choice_of, np.exp(strengths[self.members] - top[self.choice_of]), size=count)
        return np.asarray(np.log(sums) + top)


def choices_of(orders: Sequence[JudgedOrder]) -> Choices:
    """Return the choices that orders consist of."""
    names: dict[str, set[str]] = {}
    for each in orders:
        names.setdefault(each.item, set()).update(each.order.names)
    items = [(item, tuple(sorted(responses))) for item, responses in names.items()]
    starts = np.cumsum([0, *(len(responses) for _, responses in items)]).tolist()
    place = {
        (item, name): start + at
        for (item, responses), start in zip(items, starts, strict=False)
        for at, name in enumerate(responses)
    }
    made = [
        (place[each.item, chosen], [place[each.item, name] for name in among], weight, number)
        for number, each in enumerate(orders)
        for chosen, among, weight in choices_in(each.order)
    ]
    return Choices(
        items=items,
        starts=starts[:-1],
        chosen=np.array([each[0] for each in made], dtype=np.intp),
        members=np.array([member for each in made for member in each[1]], dtype=np.intp),
        choice_of=np.repeat(np.arange(len(made)), [len(each[1]) for each in made]),
        order_of=np.array([each[3] for each in made], dtype=np.intp),
        weights=np.array([each[2] for each in made]),
    )


def choices_in(order: Order) -> Iterable[tuple[str, tuple[str, ...], float]]:
    """Yield (chosen, among, weight) of an order."""
    for at, tier in enumerate(order.tiers):
        below = tuple(name for lower in order.tiers[at + 1 :] for name in lower)
        if below:
            yield from ((name, (name, *below), 1.0) for name in tier)
        for pair in combinations(tier, 2):
            yield from ((name, pair, 0.5) for name in pair)


def pairs_of(orders: Sequence[JudgedOrder]) -> list[JudgedOrder]:
    """Return orders as comparisons of two, as Bradley and Terry read them."""
    return [
        JudgedOrder(each.item, each.annotator, Order(((one,), (other,)) if won == 1 else ((one, other),)))
        for each in orders
        for one, other, won in each.order.pairs()
    ]


def fit_strengths(
    choices: Choices, *, trust: Vector | None = None, start: Vector | None = None, ridge: float = RIDGE
) -> Vector:
    """Return the strengths that make the choices likeliest, choices weighted by trust, shape (responses,)."""
    weights = choices.weights if trust is None else choices.weights * trust
    first = np.zeros(choices.size) if start is None else start

    def loss(strengths: Vector) -> tuple[float, Vector]:
        sums = (
            choices.log_likelihoods(strengths)
            if trust is None
            else trust * choices.log_likelihoods(strengths)
        )
        slope = choices.gradient(strengths, weights=weights) - 2 * ridge * strengths
        return float(ridge * (strengths @ strengths) - sums.sum()), -slope

    options = {"maxiter": 1000, "gtol": 1e-8, "ftol": 1e-14}
    return np.asarray(optimize.minimize(loss, first, jac=True, method="L-BFGS-B", options=options).x)


def curvature(
    choices: Choices, *, strengths: Vector, trust: Vector, ridge: float = RIDGE
) -> sparse.csr_array:
    """Return the negative second derivative of the penalised log-likelihood, shape (responses, responses), sparse."""
    weights = (choices.weights * trust)[choices.choice_of]
    shares = choices.shares(strengths)
    shape = (len(choices.chosen), choices.size)
    rows = sparse.csr_array((shares * np.sqrt(weights), (choices.choice_of, choices.members)), shape=shape)
    diagonal = sum_by(choices.members, weights * shares, size=choices.size) + 2 * ridge
    return (sparse.diags_array(diagonal) - rows.T @ rows).tocsr()


def errors_of_difference(inverse: NDArray[np.float64], *, one: int, other: int) -> float:
    """Return the standard error of the difference of two strengths, from the inverse curvature."""
    variance = inverse[one, one] + inverse[other, other] - 2 * inverse[one, other]
    return float(np.sqrt(max(float(variance), 0.0)))
