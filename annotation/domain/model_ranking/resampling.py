"""Bootstrap rounds of Bradley–Terry strengths: votes, or whole items, are drawn anew with replacement."""

import numpy as np

from annotation.domain.model_ranking.bradley_terry import PRIOR_TIES, fit_strengths, needs_prior
from annotation.domain.model_ranking.votes import (
    FloatArray,
    IntArray,
    OutcomeCounts,
    VoteTable,
    outcome_codes,
    win_matrix,
)

# Numbers drawn at once: 200 models have 60,000 outcomes, so a hundred rounds of them fit.
DRAWN_AT_ONCE = 8_000_000


def resampled_strengths(
    outcomes: OutcomeCounts,
    *,
    rounds: int,
    seed: int,
    start: FloatArray,
    table: VoteTable | None = None,
) -> FloatArray:
    """Return centred strengths of each round, shape (rounds, models).

    Votes are drawn by drawing the counts of outcomes from a multinomial, which is the same and does not grow
    with the number of votes. With a table, items are drawn with all their votes. A round in which a model
    happens to win or lose all its games gets PRIOR_TIES.
    """
    source = np.random.default_rng(seed)
    chunk = max(1, DRAWN_AT_ONCE // max(len(outcomes.count), len(outcomes.models) ** 2, 1))
    found = []
    for at in range(0, rounds, chunk):
        size = min(chunk, rounds - at)
        drawn = _vote_draws(outcomes, source, size) if table is None else _item_draws(table, source, size)
        wins = win_matrix(outcomes, count=drawn)
        prior_ties = np.where(needs_prior(wins), PRIOR_TIES, 0.0)
        found.append(fit_strengths(wins, prior_ties=prior_ties, start=start))
    return np.concatenate(found) if found else np.zeros((0, len(outcomes.models)))


def _vote_draws(outcomes: OutcomeCounts, source: np.random.Generator, rounds: int) -> FloatArray:
    shares = outcomes.count / outcomes.count.sum()
    return source.multinomial(outcomes.votes, shares, size=rounds).astype(np.float64)


def _item_draws(table: VoteTable, source: np.random.Generator, rounds: int) -> FloatArray:
    """Draw as many items as there are, and count the outcomes of their votes in the order of the counts."""
    item = _items(table)
    size = int(item.max()) + 1
    _, cell = np.unique(outcome_codes(table), return_inverse=True)
    cells = int(cell.max()) + 1
    weights = (np.bincount(source.integers(size, size=size), minlength=size) for _ in range(rounds))
    return np.stack([np.bincount(cell, weights=weight[item], minlength=cells) for weight in weights])


def _items(table: VoteTable) -> IntArray:
    if table.item is None:
        raise ValueError("Items can be drawn only where every vote names one.")
    return table.item


def only_models(table: VoteTable, *, kept: IntArray) -> VoteTable:
    """Return the votes between these models, given as sorted numbers, renumbered."""
    place = np.full(len(table.models), -1)
    place[kept] = np.arange(len(kept))
    chosen = (place[table.lower] >= 0) & (place[table.higher] >= 0)
    item = None if table.item is None else np.unique(table.item[chosen], return_inverse=True)[1]
    return VoteTable(
        models=tuple(table.models[number] for number in kept),
        lower=place[table.lower[chosen]],
        higher=place[table.higher[chosen]],
        result=table.result[chosen],
        is_swapped=table.is_swapped[chosen],
        item=item,
    )


def repeats_items(table: VoteTable, *, fewest: int) -> bool:
    """Return whether votes share items, and there are enough items to draw from."""
    if table.item is None or not len(table):
        return False
    distinct = int(table.item.max()) + 1
    return fewest <= distinct < len(table)
