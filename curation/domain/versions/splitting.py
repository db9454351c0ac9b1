"""Splits without leakage: rows that share a conversation, a user or a near-duplicate prompt stay together."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import chain, islice
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import HashingVectorizer

from curation.domain.enrichers.duplicates import WORD
from curation.domain.enrichers.minhash_links import candidate_links

Indices: TypeAlias = NDArray[np.int32]
FEATURES = 2**20
# Texts compared with all others at once: a block of cosines is held in memory, of 12 bytes and more each.
BLOCK_TEXTS = 256
BLOCK_COSINES = 4_000_000
# Comparing each with all others takes a minute at this number, and four at twice as many.
EXACT_UP_TO = 100_000
# Pairs whose cosine is computed at once.
BLOCK_LINKS = 100_000
LEFT_OUT = ""


def near_duplicate_links(
    texts: Sequence[str], *, threshold: float, while_working: Callable[[], object] = lambda: None
) -> list[tuple[int, int]]:
    """Return index pairs that join, directly or through others, all texts that are alike.

    Alike are texts whose word 1- to 3-grams have a cosine of at least `threshold`. There are fewer links than twice
    the texts, for prompts of one template are all alike. Above `EXACT_UP_TO` different texts, those that share no
    band of a MinHash are not compared: of the pairs at the threshold, one in a hundred may be missed.
    """
    first_at = _first_places(texts)
    links = [(first_at[text], place) for place, text in enumerate(texts) if first_at[text] != place]
    places = np.fromiter(first_at.values(), dtype=np.int64)
    joined = _no_links()
    for found in _links_of(list(first_at), threshold=threshold, while_working=while_working):
        joined = np.concatenate((joined, found), axis=1)
        if joined.shape[1] > len(places):
            joined = _as_few(joined, count=len(places))
    return links + [(left, right) for left, right in places[joined].T.tolist()]


def near_repeats(
    texts: Sequence[str], *, threshold: float, while_working: Callable[[], object] = lambda: None
) -> list[int]:
    """Return where a text is alike to an earlier one that stays; the texts come in the order of who stays."""
    first_at = _first_places(texts)
    number_of = {text: number for number, text in enumerate(first_at)}
    gone = np.zeros(len(first_at), dtype=bool)
    blocks = _links_of(list(first_at), threshold=threshold, while_working=while_working)
    in_order = blocks if len(first_at) <= EXACT_UP_TO else [np.concatenate([_no_links(), *blocks], axis=1)]
    for found in in_order:
        _leave_out(gone, found)
    return [
        place for place, text in enumerate(texts) if first_at[text] != place or gone[number_of[text]].item()
    ]


def _first_places(texts: Sequence[str]) -> dict[str, int]:
    first_at: dict[str, int] = {}
    for place, text in enumerate(texts):
        first_at.setdefault(text, place)
    return first_at


def _no_links() -> Indices:
    return np.empty((2, 0), dtype=np.int32)


def _as_few(links: Indices, *, count: int) -> Indices:
    """Return links that join the same texts through the first of each group."""
    groups = _components(links, count=count)
    first_of = np.unique(groups, return_index=True)[1][groups]
    others = np.flatnonzero(first_of != np.arange(count))
    return np.stack((first_of[others], others)).astype(np.int32)


def _components(links: Indices, *, count: int) -> Indices:
    graph = coo_matrix((np.ones(links.shape[1]), (links[0], links[1])), shape=(count, count))
    groups: Indices = connected_components(graph, directed=False)[1]
    return groups


def _leave_out(gone: NDArray[np.bool_], links: Indices) -> None:
    """Mark what is linked to an earlier text that stays: all links of those came in an earlier block, or are here."""
    left, right = links[:, np.argsort(links[1], kind="stable")]
    numbers, starts = np.unique(right, return_index=True)
    for number, others in zip(numbers, np.split(left, starts[1:]), strict=False):
        gone[number] = not gone[others].all()


def _links_of(
    texts: Sequence[str], *, threshold: float, while_working: Callable[[], object]
) -> Iterator[Indices]:
    """Yield, a block at a time, the indices of different texts that are alike, left below right, shape (2, links)."""
    alike = _alike if len(texts) <= EXACT_UP_TO else _alike_among_many
    for left, right in alike(texts, threshold=threshold, while_working=while_working):
        yield np.stack((left, right)).astype(np.int32)


def _vectorizer() -> HashingVectorizer:
    """Return what counts 1- to 3-grams of words, and of characters where a script has no spaces."""
    return HashingVectorizer(
        n_features=FEATURES, ngram_range=(1, 3), token_pattern=WORD, alternate_sign=False, binary=True
    )


def _alike(
    texts: Sequence[str], *, threshold: float, while_working: Callable[[], object]
) -> Iterator[tuple[Indices, Indices]]:
    """Yield, a block of different texts at a time, the indices of those that are alike, left below right.

    A block holds all links of its right ends.
    """
    if len(texts) < 2:
        return
    counts = _shared(_vectorizer().transform(texts))  # rows have length 1 before, so products are cosines
    # Texts of one template are all alike, and then each of a block has a cosine with every other text.
    at_once = max(1, min(BLOCK_TEXTS, BLOCK_COSINES // len(texts)))
    for start in range(0, len(texts), at_once):
        end = min(start + at_once, len(texts))
        # The smaller side is the one that is turned: turning is what costs.
        cosines = (_beginning(counts, end) @ counts[start:end].T).tocoo()
        right = cosines.col + start
        alike = (cosines.data >= threshold - 1e-9) & (cosines.row < right)
        yield cosines.row[alike], right[alike]
        while_working()


def _beginning(counts: csr_matrix, end: int) -> csr_matrix:
    """Return the first rows without copying them, as a slice would."""
    last = counts.indptr[end]
    parts = (counts.data[:last], counts.indices[:last], counts.indptr[: end + 1])
    return csr_matrix(parts, shape=(end, counts.shape[1]), copy=False)


def _shared(counts: csr_matrix) -> csr_matrix:
    """Return the columns that more than one row has: others, most by far, add nothing to a product."""
    return counts[:, np.flatnonzero(np.bincount(counts.indices, minlength=counts.shape[1]) > 1)]


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
    shared = ((first_with.setdefault(key, row), row) for row, row_keys in enumerate(keys) for key in row_keys)
    joined = chain(links, ((first, row) for first, row in shared if first != row))
    ends = np.fromiter(chain.from_iterable(joined), dtype=np.int32)
    return [int(group) for group in _components(ends.reshape(-1, 2).T, count=len(keys))]


class GroupSize(NamedTuple):
    """How many rows of a group a split may hold, and how many would be lost with it."""

    group: int
    held: int
    lost: int


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
    holds such rows alone, and the other rows of its groups are left out, for in another split they would leak: so
    groups that lose few go first, and no more rows are lost than the share of the test split. Then comes
    validation, and train takes the rest, at least one group. A group goes where it still fits within the share;
    only where none fits does the smallest go in all the same, if most rows remain for others, so that small sets
    have held-out rows too. Where no judged group fits, the test split is empty.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for row, group in enumerate(groups):
        members[group].append(row)
    order = sorted(members, key=lambda group: _draw(min(names[row] for row in members[group]), seed))
    testable = _testable(members, judged)
    split_of: dict[int, str] = {}
    for split, held in (("test", testable), ("validation", members)):
        free = [group for group in order if group not in split_of]
        sizes = [
            GroupSize(group, held=len(held[group]), lost=len(members[group]) - len(held[group]))
            for group in free
        ]
        chosen = _held_out(sizes, room=round(shares[split] * len(groups))) if shares[split] else []
        split_of.update(dict.fromkeys(chosen, split))
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


def _draw(name: str, seed: int) -> str:
    return sha256(f"{seed}:{name}".encode()).hexdigest()


def _held_out(sizes: Sequence[GroupSize], *, room: int) -> list[int]:
    """Return the groups that fit in: neither what they give nor what is lost with them is more than the room."""
    willing = sorted((size for size in sizes if size.held), key=lambda size: size.lost)
    chosen: list[int] = []
    held = lost = 0
    for size in willing:
        fits = held + size.held <= room and lost + size.lost <= room
        if fits and len(chosen) + 1 < len(sizes):
            chosen.append(size.group)
            held, lost = held + size.held, lost + size.lost
    return chosen or _smallest(willing, room=room, rows=sum(size.held + size.lost for size in sizes))


def _smallest(willing: Sequence[GroupSize], *, room: int, rows: int) -> list[int]:
    """Return the group that gives the fewest rows, where most of all `rows` remain for others."""
    fitting = [size for size in willing if size.lost <= room and 2 * (size.held + size.lost) <= rows]
    return [min(fitting, key=lambda size: size.held).group] if fitting else []
