"""Labelled answers in an order that a trainer which reads them one after another can learn from."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice

from curation.domain.exporters.dataset_rows import ExportError
from curation.domain.exporters.row_shapes import Answer

# Answers that are shuffled at once: enough to part the two sides of a pair, few enough to hold in memory.
WINDOW = 1_000


def with_both_labels(labelled: Iterable[tuple[bool, Answer]]) -> Iterator[tuple[bool, Answer]]:
    """Yield labelled answers; raises ExportError at the end where all that are trained on have one label."""
    seen: set[bool] = set()
    for is_good, answer in labelled:
        if answer.row.split == "train":
            seen.add(is_good)
        yield is_good, answer
    if len(seen) == 1:
        label = "good" if seen.pop() else "bad"
        raise ExportError(
            f"Every answer to train on is {label}, and a trainer of unpaired answers needs both labels."
            " Take preferences of pairs into the recipe, or choose another format."
        )


def interleaved(labelled: Iterable[tuple[bool, Answer]]) -> Iterator[tuple[bool, Answer]]:
    """Yield labelled answers window by window, in the order of their hashes, with both labels spread evenly.

    Hashes part answers as a shuffle does, and give the same order to what comes back from a file in another one.
    KTO estimates its reference point from the other answers of a batch: batches of one label, or of the two answers to
    one prompt, teach the opposite of what they say.
    """
    remaining = iter(labelled)
    while window := sorted(islice(remaining, WINDOW), key=_hash_of):
        yield from _spread(
            [entry for entry in window if entry[0]], [entry for entry in window if not entry[0]]
        )


def _hash_of(entry: tuple[bool, Answer]) -> bytes:
    is_good, answer = entry
    return sha256(f"{is_good}\0{answer.row.id}\0{answer.text}".encode()).digest()


def _spread(
    good: Sequence[tuple[bool, Answer]], bad: Sequence[tuple[bool, Answer]]
) -> Iterator[tuple[bool, Answer]]:
    """Merge two sequences in proportion to their lengths, each in its order."""
    taken_good = taken_bad = 0
    while taken_good < len(good) or taken_bad < len(bad):
        is_behind = taken_good < len(good) and taken_good * len(bad) <= taken_bad * len(good)
        if is_behind or taken_bad == len(bad):
            yield good[taken_good]
            taken_good += 1
        else:
            yield bad[taken_bad]
            taken_bad += 1
