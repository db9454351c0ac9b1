"""What groups of annotators share and where they part: item by item, and as preferences of each group."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from scipy.stats import PermutationMethod, false_discovery_control, fisher_exact

from annotation.domain.disagreement.likeness import FloatArray
from annotation.domain.labels import LabelTable

# Of items called surely divided at most this share is expected to be so by chance (Benjamini and Hochberg 1995).
FALSE_SHARE = 0.1
# A majority of one vote is that of a person.
FEWEST_VOTES = 2
DRAWS = 999


class Standing(StrEnum):
    """How groups stand to each other on an item."""

    SHARED = "shared"
    DIVIDED = "divided"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupVote:
    """What a group says of an item: the label of its strict majority, None where there is none."""

    group: int
    label: str | None
    votes: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDivision:
    """One item: what each group says; is_sure: divided beyond what chance makes of so many items."""

    item: str
    standing: Standing
    votes: tuple[GroupVote, ...]
    p_value: float | None
    is_sure: bool

    def as_json(self) -> dict[str, Any]:
        """Return the item as commands print it."""
        return {
            "item": self.item,
            "standing": str(self.standing),
            "sure": self.is_sure,
            "p_value": self.p_value,
            "votes": [
                {"group": each.group, "label": each.label, "votes": each.votes, "of": each.total}
                for each in self.votes
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPair:
    """A preference of one group alone, for an export per group."""

    item: str
    group: int
    label: str
    votes: int
    total: int


def divide_items(
    labels: LabelTable, *, groups: Sequence[Sequence[str]], is_tested: bool = True
) -> list[ItemDivision]:
    """Say of each item whether the groups' majorities are the same; groups are numbered in the order given.

    Open: some group has no strict majority of at least two votes. Without the tests, which take most of the time,
    nothing is sure.
    """
    counts = _counts(labels, groups=groups)
    p_values = [_p_value(cells) if is_tested else None for cells in counts]
    sure = _sure(p_values)
    return [
        _division(item, cells, labels=labels, p_value=p_value, is_sure=is_sure)
        for item, cells, p_value, is_sure in zip(labels.items, counts, p_values, sure, strict=True)
        if cells.any()
    ]


def group_pairs(divisions: Sequence[ItemDivision], *, group: int) -> list[GroupPair]:
    """Return what a group prefers, on shared and divided items alike."""
    found = []
    for division in divisions:
        vote = division.votes[group]
        if vote.label is not None:
            found.append(
                GroupPair(
                    item=division.item, group=group, label=vote.label, votes=vote.votes, total=vote.total
                )
            )
    return found


def _counts(labels: LabelTable, *, groups: Sequence[Sequence[str]]) -> FloatArray:
    """Return how often each group gave each label, shape (items, groups, values)."""
    place = {name: number for number, members in enumerate(groups) for name in members}
    group = np.array([place.get(name, -1) for name in labels.annotators])[labels.annotator]
    counts = np.zeros((len(labels.items), len(groups), len(labels.values)))
    known = group >= 0
    np.add.at(counts, (labels.item[known], group[known], labels.value[known]), 1.0)
    return counts


def _p_value(cells: FloatArray) -> float | None:
    """Return Fisher's exact p of groups by labels; None where a group has too few votes or all say the same."""
    used = cells[:, cells.any(axis=0)]
    if used.shape[1] < 2 or (used.sum(axis=1) < FEWEST_VOTES).any():
        return None
    # More than two by two is counted through by drawing tables with the same margins.
    method = (
        None if used.shape == (2, 2) else PermutationMethod(n_resamples=DRAWS, rng=np.random.default_rng(0))
    )
    return float(fisher_exact(used.astype(int), method=method).pvalue)


def _sure(p_values: Sequence[float | None]) -> list[bool]:
    tested = [at for at, p_value in enumerate(p_values) if p_value is not None]
    if not tested:
        return [False] * len(p_values)
    corrected = false_discovery_control([p_values[at] for at in tested])
    below = {at for at, p_value in zip(tested, corrected, strict=True) if p_value <= FALSE_SHARE}
    return [at in below for at in range(len(p_values))]


def _division(
    item: str, cells: FloatArray, *, labels: LabelTable, p_value: float | None, is_sure: bool
) -> ItemDivision:
    votes = tuple(_vote(number, row, labels=labels) for number, row in enumerate(cells))
    said = {vote.label for vote in votes}
    standing = Standing.OPEN if None in said else Standing.SHARED if len(said) == 1 else Standing.DIVIDED
    return ItemDivision(
        item=item,
        standing=standing,
        votes=votes,
        p_value=p_value,
        is_sure=is_sure and standing is Standing.DIVIDED,
    )


def _vote(number: int, row: FloatArray, *, labels: LabelTable) -> GroupVote:
    most, total = int(row.max(initial=0)), int(row.sum())
    has_majority = total >= FEWEST_VOTES and 2 * most > total
    return GroupVote(
        group=number,
        label=labels.values[int(row.argmax())] if has_majority else None,
        votes=most,
        total=total,
    )
