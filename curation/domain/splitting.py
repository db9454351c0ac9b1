"""Splits without leakage: rows that share a conversation, a user or a near-duplicate prompt stay together."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import HashingVectorizer

Indices: TypeAlias = NDArray[np.int32]
FEATURES = 2**20
# Texts compared with all others at once: a block of similarities is held in memory.
BLOCK_TEXTS = 256


def near_duplicate_links(
    texts: Sequence[str], *, threshold: float, while_working: Callable[[], object] = lambda: None
) -> list[tuple[int, int]]:
    """Return index pairs that join all texts whose word 1- to 3-grams have a cosine of at least `threshold`.

    Equal texts are joined to the first of them alone, so that a prompt that a thousand rows share costs little.
    """
    first_at: dict[str, int] = {}
    for place, text in enumerate(texts):
        first_at.setdefault(text, place)
    links = [(first_at[text], place) for place, text in enumerate(texts) if first_at[text] != place]
    places = np.fromiter(first_at.values(), dtype=np.int64)
    for left, right in _alike(list(first_at), threshold=threshold):
        links += zip(places[left].tolist(), places[right].tolist(), strict=True)
        while_working()
    return links


def _alike(texts: Sequence[str], *, threshold: float) -> Iterator[tuple[Indices, Indices]]:
    """Yield, a block of different texts at a time, the indices of those that are alike, left below right."""
    if len(texts) < 2:
        return
    # The pattern keeps one-letter words and scripts without spaces. Rows have length 1, so products are cosines.
    counts = HashingVectorizer(
        n_features=FEATURES,
        ngram_range=(1, 3),
        token_pattern=r"(?u)\b\w+\b",  # noqa: S106 - a pattern of words
        alternate_sign=False,
        binary=True,
    ).transform(texts)
    for start in range(0, len(texts), BLOCK_TEXTS):
        cosines = (counts[start : start + BLOCK_TEXTS] @ counts[start:].T).tocoo()
        alike = (cosines.data >= threshold - 1e-9) & (cosines.row < cosines.col)
        yield cosines.row[alike] + start, cosines.col[alike] + start


def group_rows(keys: Sequence[Sequence[Hashable]], *, links: Sequence[tuple[int, int]] = ()) -> list[int]:
    """Number the groups of rows: rows are together when they share a key or a link, directly or through others."""
    first_with: dict[Hashable, int] = {}
    joined = list(links)
    for row, row_keys in enumerate(keys):
        joined += [(first_with.setdefault(key, row), row) for key in row_keys]
    left, right = zip(*joined, strict=True) if joined else ((), ())
    graph = coo_matrix((np.ones(len(joined)), (left, right)), shape=(len(keys), len(keys)))
    return [int(label) for label in connected_components(graph, directed=False)[1]]


def assign_splits(
    groups: Sequence[int],
    *,
    names: Sequence[str],
    preferred: Sequence[bool],
    shares: Mapping[str, float],
    seed: int,
) -> list[str]:
    """Give every row the split of its group.

    `names` are stable names of the rows (a group's order hangs on the seed and its smallest name, not on row
    numbers). The test split is filled first, with groups that hold `preferred` rows before all others; then
    validation; train takes the rest. A group goes where it still fits within the share; only where none fits does the
    smallest go in all the same, so that small sets have held-out rows too.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for row, group in enumerate(groups):
        members[group].append(row)
    order = sorted(members, key=lambda group: _draw(min(names[row] for row in members[group]), seed))
    split_of: dict[int, str] = {}
    by_preference = sorted(order, key=lambda group: not any(preferred[row] for row in members[group]))
    for split, groups_in_order in (("test", by_preference), ("validation", order)):
        room = round(shares[split] * len(groups))
        _fill(
            split,
            groups_in_order,
            members,
            split_of,
            room=max(room, _smallest(members, split_of, shares[split])),
        )
    return [split_of.get(group, "train") for group in groups]


def _smallest(members: Mapping[int, Sequence[int]], split_of: Mapping[int, str], share: float) -> int:
    """Return the room that lets at least one group in, where others are left for training."""
    left = [len(rows) for group, rows in members.items() if group not in split_of]
    return min(left) if share and len(left) > 1 else 0


def _draw(name: str, seed: int) -> str:
    return sha256(f"{seed}:{name}".encode()).hexdigest()


def _fill(
    split: str,
    order: Sequence[int],
    members: Mapping[int, Sequence[int]],
    split_of: dict[int, str],
    *,
    room: int,
) -> None:
    for group in order:
        if group not in split_of and len(members[group]) <= room:
            split_of[group] = split
            room -= len(members[group])
