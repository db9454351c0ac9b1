"""Splits without leakage: rows that share a conversation, a user or a near-duplicate prompt stay together."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import islice
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import HashingVectorizer

from curation.domain.minhash_links import candidate_links

Indices: TypeAlias = NDArray[np.int32]
FEATURES = 2**20
# Texts compared with all others at once: a block of similarities is held in memory.
BLOCK_TEXTS = 256
# Comparing each with all others takes a minute at this number, and four at twice as many.
EXACT_UP_TO = 100_000
# Pairs whose cosine is computed at once.
BLOCK_LINKS = 100_000
LEFT_OUT = ""


def near_duplicate_links(
    texts: Sequence[str], *, threshold: float, while_working: Callable[[], object] = lambda: None
) -> list[tuple[int, int]]:
    """Return index pairs that join all texts whose word 1- to 3-grams have a cosine of at least `threshold`.

    Equal texts are joined to the first of them alone, so that a prompt that a thousand rows share costs little.
    Above `EXACT_UP_TO` different texts, those that share no band of a MinHash are not compared: of the pairs at
    the threshold, one in a hundred may be missed.
    """
    first_at: dict[str, int] = {}
    for place, text in enumerate(texts):
        first_at.setdefault(text, place)
    links = [(first_at[text], place) for place, text in enumerate(texts) if first_at[text] != place]
    places = np.fromiter(first_at.values(), dtype=np.int64)
    alike = _alike if len(first_at) <= EXACT_UP_TO else _alike_among_many
    for left, right in alike(list(first_at), threshold=threshold, while_working=while_working):
        links += zip(places[left].tolist(), places[right].tolist(), strict=True)
    return links


def _vectorizer() -> HashingVectorizer:
    """Return what counts word 1- to 3-grams, one-letter words and scripts without spaces included."""
    return HashingVectorizer(
        n_features=FEATURES,
        ngram_range=(1, 3),
        token_pattern=r"(?u)\b\w+\b",  # noqa: S106 - a pattern of words
        alternate_sign=False,
        binary=True,
    )


def _alike(
    texts: Sequence[str], *, threshold: float, while_working: Callable[[], object]
) -> Iterator[tuple[Indices, Indices]]:
    """Yield, a block of different texts at a time, the indices of those that are alike, left below right."""
    if len(texts) < 2:
        return
    counts = _vectorizer().transform(texts)  # rows have length 1, so products are cosines
    for start in range(0, len(texts), BLOCK_TEXTS):
        cosines = (counts[start : start + BLOCK_TEXTS] @ counts[start:].T).tocoo()
        alike = (cosines.data >= threshold - 1e-9) & (cosines.row < cosines.col)
        yield cosines.row[alike] + start, cosines.col[alike] + start
        while_working()


def _alike_among_many(
    texts: Sequence[str], *, threshold: float, while_working: Callable[[], object]
) -> Iterator[tuple[Indices, Indices]]:
    """Yield the indices of texts that are alike, among those that share a band of their MinHash."""
    vectorizer = _vectorizer()
    counts = vectorizer.transform(texts)
    links = candidate_links(
        texts, cosine=threshold, shingles=vectorizer.build_analyzer(), while_working=while_working
    )
    while block := list(islice(links, BLOCK_LINKS)):
        left, right = np.unique(np.asarray(block, dtype=np.int32), axis=0).T
        cosines = np.asarray(counts[left].multiply(counts[right]).sum(axis=1)).ravel()
        alike = cosines >= threshold - 1e-9
        yield left[alike], right[alike]


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
    judged: Sequence[bool],
    shares: Mapping[str, float],
    seed: int,
) -> list[str]:
    """Give every row the split of its group, or LEFT_OUT.

    `names` are stable names of the rows (a group's order hangs on the seed and its smallest name, not on row
    numbers). The test split is filled first. Where any row is `judged`, by people who did not see the signal, it
    holds such rows alone: groups that are judged as a whole go first, then others, whose further rows are left out,
    for in another split they would leak. Then comes validation, and train takes the rest. A group goes where it
    still fits within the share; only where none fits does the smallest go in all the same, so that small sets have
    held-out rows too.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for row, group in enumerate(groups):
        members[group].append(row)
    order = sorted(members, key=lambda group: _draw(min(names[row] for row in members[group]), seed))
    testable = _testable(members, judged)
    split_of: dict[int, str] = {}
    for_test = sorted(
        (group for group in order if testable[group]),
        key=lambda group: len(testable[group]) < len(members[group]),
    )
    for split, groups_in_order, counted in (("test", for_test, testable), ("validation", order, members)):
        left = {group: counted[group] for group in groups_in_order if group not in split_of}
        room = max(
            round(shares[split] * len(groups)), _smallest(left, len(members) - len(split_of), shares[split])
        )
        _fill(split, left, split_of, room=room)
    in_test = {row for group, rows in testable.items() if split_of.get(group) == "test" for row in rows}
    return [
        LEFT_OUT if split_of.get(group) == "test" and row not in in_test else split_of.get(group, "train")
        for row, group in enumerate(groups)
    ]


def _testable(members: Mapping[int, Sequence[int]], judged: Sequence[bool]) -> dict[int, list[int]]:
    """Return the rows of each group that the test split may hold: the judged ones, or all where nobody judged."""
    is_anything_judged = any(judged)
    return {
        group: [row for row in rows if judged[row] or not is_anything_judged]
        for group, rows in members.items()
    }


def _smallest(left: Mapping[int, Sequence[int]], groups_left: int, share: float) -> int:
    """Return the room that lets at least one group in, where others are left for training."""
    return min((len(rows) for rows in left.values()), default=0) if share and groups_left > 1 else 0


def _draw(name: str, seed: int) -> str:
    return sha256(f"{seed}:{name}".encode()).hexdigest()


def _fill(split: str, left: Mapping[int, Sequence[int]], split_of: dict[int, str], *, room: int) -> None:
    for group, rows in left.items():
        if len(rows) <= room:
            split_of[group] = split
            room -= len(rows)
