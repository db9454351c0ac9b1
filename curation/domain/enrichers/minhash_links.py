"""Which of very many texts may be alike: MinHash bands instead of comparing each with all others."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

PERMUTATIONS = 128
# Texts that are as alike as the threshold share a band with at least this probability.
RECALL = 0.99
# Of a bucket with more texts than this, each is compared with its neighbours and the first alone.
WHOLE_BUCKET = 64


def bands_for(jaccard: float) -> int:
    """Return into how many bands 128 values are cut so that texts of this similarity meet nearly always.

    With b bands of r rows, two texts meet with the probability 1 − (1 − sʳ)ᵇ. The fewest bands that do are taken:
    fewer bands are longer ones, and bring fewer together that are not alike.
    """
    fitting = [
        bands for bands in (4, 8, 16, 32, 64, 128) if 1 - (1 - jaccard ** (128 // bands)) ** bands >= RECALL
    ]
    return fitting[0] if fitting else PERMUTATIONS


def jaccard_of(cosine: float) -> float:
    """Return the Jaccard similarity of two sets of one size whose binary vectors have this cosine: c / (2 − c)."""
    return cosine / (2 - cosine)


def candidate_links(
    texts: Sequence[str],
    *,
    cosine: float,
    shingles: Callable[[str], list[str]],
    while_working: Callable[[], object],
) -> Iterator[tuple[int, int]]:
    """Yield index pairs, the lower first, among which nearly all lie that are alike; each pair at most once a band."""
    signatures = _signatures(texts, shingles, while_working)
    for band in np.split(signatures, bands_for(jaccard_of(cosine)), axis=1):
        yield from _links_of_band(np.ascontiguousarray(band))
        while_working()


def _signatures(
    texts: Sequence[str], shingles: Callable[[str], list[str]], while_working: Callable[[], object]
) -> NDArray[np.uint32]:
    signatures = np.empty((len(texts), PERMUTATIONS), dtype=np.uint32)
    counted = ([shingle.encode("utf-8", "replace") for shingle in shingles(text)] for text in texts)
    for row, minhash in enumerate(MinHash.generator(counted, num_perm=PERMUTATIONS, seed=1)):
        signatures[row] = minhash.hashvalues
        if row % 1_000 == 0:
            while_working()
    return signatures


def _links_of_band(band: NDArray[np.uint32]) -> Iterator[tuple[int, int]]:
    """Sort the rows of a band and link those that are equal."""
    keys = band.view([("", band.dtype)] * band.shape[1]).ravel()
    order = np.argsort(keys, kind="stable")
    ends = np.flatnonzero(np.append(keys[order][1:] != keys[order][:-1], True)) + 1
    start = 0
    for end in ends.tolist():
        if end - start > 1:
            yield from _links_of_bucket(sorted(order[start:end].tolist()))
        start = end


def _links_of_bucket(rows: list[int]) -> Iterator[tuple[int, int]]:
    if len(rows) <= WHOLE_BUCKET:
        yield from ((left, right) for place, left in enumerate(rows) for right in rows[place + 1 :])
        return
    yield from pairwise(rows)
    yield from ((rows[0], right) for right in rows[2:])
