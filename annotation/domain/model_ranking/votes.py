"""Votes between two models as arrays and as counts; which of the two was shown first leaves no trace."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]

WINNERS = {"a": 0, "b": 1, "tie": 2}
LOWER_WON, HIGHER_WON, TIE = range(3)
# Above so many cells (pairs × outcomes) a table of all of them would cost more than sorting the votes.
MOST_CELLS = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteTable:
    """Votes as arrays of one length; `lower` and `higher` index `models`, which are sorted by name.

    result: LOWER_WON, HIGHER_WON or TIE; item: a number for each distinct item, None where none was given;
    is_swapped: the vote named the higher model first.
    """

    models: tuple[str, ...]
    lower: IntArray
    higher: IntArray
    result: IntArray
    is_swapped: NDArray[np.bool_]
    item: IntArray | None = None

    def __len__(self) -> int:
        """Return how many votes there are."""
        return len(self.result)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCounts:
    """Votes counted by pair and outcome; each array has one entry for each outcome that occurred."""

    models: tuple[str, ...]
    lower: IntArray
    higher: IntArray
    result: IntArray
    count: FloatArray

    @property
    def votes(self) -> int:
        """Return how many votes were counted."""
        return int(self.count.sum())


def vote_table(
    *,
    model_a: Sequence[str],
    model_b: Sequence[str],
    winner: Sequence[str],
    item: Sequence[str] | None = None,
) -> VoteTable:
    """Turn columns of names into arrays; winner is "a", "b" or "tie".

    Raises ValueError where columns differ in length, KeyError for another winner, and ValueError for a model
    that met itself.
    """
    if not len(model_a) == len(model_b) == len(winner):
        raise ValueError("The columns of votes differ in length.")
    models = tuple(sorted({*model_a, *model_b}))
    place = {name: number for number, name in enumerate(models)}
    first, second = _numbers(model_a, place), _numbers(model_b, place)
    if bool((first == second).any()):
        raise ValueError("A vote names one model on both sides.")
    result = _numbers(winner, WINNERS)
    is_swapped = first > second
    return VoteTable(
        models=models,
        lower=np.minimum(first, second),
        higher=np.maximum(first, second),
        result=np.where(is_swapped & (result != TIE), 1 - result, result),
        is_swapped=is_swapped,
        item=None if item is None else _item_numbers(item),
    )


def count_outcomes(table: VoteTable) -> OutcomeCounts:
    """Count votes by pair and outcome, in one order whatever the order of the votes."""
    number, count = _counted(outcome_codes(table), most=3 * len(table.models) ** 2)
    pair, result = np.divmod(number, 3)
    lower, higher = np.divmod(pair, max(len(table.models), 1))
    return OutcomeCounts(
        models=table.models, lower=lower, higher=higher, result=result, count=count.astype(np.float64)
    )


def outcome_codes(table: VoteTable) -> IntArray:
    """Return one number for each vote that names its pair and outcome; sorted they are in the counts' order."""
    codes: IntArray = (table.lower * len(table.models) + table.higher) * 3 + table.result
    return codes


def win_matrix(outcomes: OutcomeCounts, *, count: FloatArray | None = None) -> FloatArray:
    """Return wins with ties as half: [..., i, j] is how often i beat j. `count` may have leading axes."""
    counted = outcomes.count if count is None else count
    size = len(outcomes.models)
    to_lower = np.select([outcomes.result == LOWER_WON, outcomes.result == TIE], [1.0, 0.5], 0.0)
    wins = np.zeros((*counted.shape[:-1], size, size))
    # The cells of one pair lie together, so one sum for each stretch replaces a slow scatter.
    starts = _starts(outcomes)
    if len(starts):
        lower, higher = outcomes.lower[starts], outcomes.higher[starts]
        wins[..., lower, higher] = np.add.reduceat(counted * to_lower, starts, axis=-1)
        wins[..., higher, lower] = np.add.reduceat(counted * (1.0 - to_lower), starts, axis=-1)
    return wins


def _starts(outcomes: OutcomeCounts) -> IntArray:
    pair = outcomes.lower * len(outcomes.models) + outcomes.higher
    return np.flatnonzero(np.diff(pair, prepend=-1))


def _counted(codes: IntArray, *, most: int) -> tuple[IntArray, IntArray]:
    if most > MOST_CELLS:
        return np.unique(codes, return_counts=True)
    counts = np.bincount(codes, minlength=1)
    number = np.flatnonzero(counts)
    return number, counts[number]


def _numbers(names: Sequence[str], place: dict[str, int]) -> IntArray:
    return np.fromiter(map(place.__getitem__, names), dtype=np.int64, count=len(names))


def _item_numbers(items: Sequence[str]) -> IntArray:
    place = {name: number for number, name in enumerate(sorted(set(items)))}
    return _numbers(items, place)
