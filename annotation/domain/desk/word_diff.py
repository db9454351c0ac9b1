"""Two texts word by word: which words of each the other has not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

# Longer texts are compared by lines: by words that would take seconds.
MOST_WORDS = 4_000
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one text; changed where the other text has something else in its place, or nothing."""

    text: str
    is_changed: bool


def word_diff(first: str, second: str) -> tuple[list[Piece], list[Piece]]:
    """Return both texts in pieces; the pieces of a text put together are the text."""
    ours, theirs = _cut(first, second)
    matcher = SequenceMatcher(a=ours, b=theirs, autojunk=False)
    left: list[Piece] = []
    right: list[Piece] = []
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        is_changed = kind != "equal"
        _add(left, ours[start:end], is_changed=is_changed)
        _add(right, theirs[other_start:other_end], is_changed=is_changed)
    return left, right


def _cut(first: str, second: str) -> tuple[Sequence[str], Sequence[str]]:
    ours, theirs = _WORDS.findall(first), _WORDS.findall(second)
    if max(len(ours), len(theirs)) <= MOST_WORDS:
        return ours, theirs
    return first.splitlines(keepends=True), second.splitlines(keepends=True)


def _add(pieces: list[Piece], words: Sequence[str], *, is_changed: bool) -> None:
    if words:
        pieces.append(Piece("".join(words), is_changed))
