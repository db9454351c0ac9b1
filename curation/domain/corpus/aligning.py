"""Two texts side by side: which paragraph answers which, and which words differ."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

# Paragraphs that share less of their words have nothing to do with each other.
LEAST_SIMILARITY = 0.2
# More pairs of paragraphs are not compared: equal ones are put together, the others follow in order.
MOST_PAIRS = 40_000
# Comparing words takes time that grows with their square.
MOST_WORDS = 1_200
MOST_WORDS_IN_ALL = 8_000
_WORD = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffPiece:
    """Some text of one side; `differs` where the other side says something else there."""

    text: str
    differs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignedRow:
    """A paragraph of each side that belong together; a side may be absent."""

    left: str | None
    right: str | None
    left_pieces: tuple[DiffPiece, ...] = ()
    right_pieces: tuple[DiffPiece, ...] = ()


def aligned_rows(left: str, right: str) -> list[AlignedRow]:
    """Put the paragraphs of two texts side by side, in the order of both, and mark the words that differ."""
    lefts, rights = paragraphs_of(left), paragraphs_of(right)
    budget = MOST_WORDS_IN_ALL
    rows = []
    for at_left, at_right in align(lefts, rights):
        one = None if at_left is None else lefts[at_left]
        other = None if at_right is None else rights[at_right]
        pieces = _pieces(one, other, budget=budget)
        budget -= len(pieces[0]) + len(pieces[1])
        rows.append(AlignedRow(left=one, right=other, left_pieces=pieces[0], right_pieces=pieces[1]))
    return rows


def paragraphs_of(text: str) -> list[str]:
    """Split a text at its blank lines; a block of code stays whole."""
    paragraphs: list[list[str]] = [[]]
    fence = ""
    for line in text.splitlines():
        mark = line.lstrip()[:3]
        if mark in ("```", "~~~") and (not fence or mark == fence):
            fence = "" if fence else mark
        if not line.strip() and not fence:
            paragraphs.append([])
        else:
            paragraphs[-1].append(line)
    return ["\n".join(lines) for lines in paragraphs if lines]


def align(lefts: Sequence[str], rights: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """Return the pairs of paragraphs that are most alike in all, in order; what is left over is put side by side."""
    if len(lefts) * len(rights) > MOST_PAIRS:
        return _side_by_side(_equal_pairs(lefts, rights), len(lefts), len(rights))
    return _side_by_side(_best_pairs(lefts, rights), len(lefts), len(rights))


def _equal_pairs(lefts: Sequence[str], rights: Sequence[str]) -> list[tuple[int, int]]:
    blocks = SequenceMatcher(None, lefts, rights).get_matching_blocks()
    return [(block.a + n, block.b + n) for block in blocks for n in range(block.size)]


def _best_pairs(lefts: Sequence[str], rights: Sequence[str]) -> list[tuple[int, int]]:
    """Return the chain of pairs whose similarities add up to most (Needleman and Wunsch 1970, gaps cost nothing)."""
    left_words, right_words = [_words(text) for text in lefts], [_words(text) for text in rights]
    best = [[0.0] * (len(rights) + 1) for _ in range(len(lefts) + 1)]
    alike = [[_similarity(one, other) for other in right_words] for one in left_words]
    for i in range(len(lefts) - 1, -1, -1):
        for j in range(len(rights) - 1, -1, -1):
            paired = alike[i][j] + best[i + 1][j + 1]
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired if alike[i][j] else 0.0)
    pairs, i, j = [], 0, 0
    while i < len(lefts) and j < len(rights):
        if alike[i][j] and best[i][j] == alike[i][j] + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.casefold()) or [text.strip()])


def _similarity(one: Counter[str], other: Counter[str]) -> float:
    """Return twice the shared words over all words (Dice 1945), 0 where that is too little to mean anything."""
    shared = 2 * sum((one & other).values()) / (one.total() + other.total())
    return shared if shared >= LEAST_SIMILARITY else 0.0


def _side_by_side(
    pairs: Sequence[tuple[int, int]], left_count: int, right_count: int
) -> list[tuple[int | None, int | None]]:
    """Fill in what stands between the pairs: the first of one side beside the first of the other, and so on."""
    rows: list[tuple[int | None, int | None]] = []
    i = j = 0
    for at_left, at_right in [*pairs, (left_count, right_count)]:
        rows += zip_longest(range(i, at_left), range(j, at_right))
        if at_left < left_count:
            rows.append((at_left, at_right))
        i, j = at_left + 1, at_right + 1
    return rows


def _pieces(
    left: str | None, right: str | None, *, budget: int
) -> tuple[tuple[DiffPiece, ...], tuple[DiffPiece, ...]]:
    if left is None or right is None:
        return _whole(left), _whole(right)
    if left == right:
        return (DiffPiece(text=left),), (DiffPiece(text=right),)
    lefts, rights = _WORD.findall(left), _WORD.findall(right)
    if max(len(lefts), len(rights)) > MOST_WORDS or len(lefts) + len(rights) > budget:
        return _whole(left), _whole(right)
    matcher = SequenceMatcher(
        None, [word.strip() for word in lefts], [word.strip() for word in rights], autojunk=False
    )
    steps = matcher.get_opcodes()
    return (
        tuple(
            DiffPiece(text="".join(lefts[a:b]), differs=tag != "equal")
            for tag, a, b, _c, _d in steps
            if b > a
        ),
        tuple(
            DiffPiece(text="".join(rights[c:d]), differs=tag != "equal")
            for tag, _a, _b, c, d in steps
            if d > c
        ),
    )


def _whole(text: str | None) -> tuple[DiffPiece, ...]:
    return () if text is None else (DiffPiece(text=text, differs=True),)
