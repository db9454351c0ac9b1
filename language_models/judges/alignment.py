"""Splitting two answers into parts that belong together: PORTIA's alignments, by length and by likeness.

Parts are slices of their answer: put together they are the answer again, character by character.
"""

import re
from collections.abc import Sequence
from itertools import accumulate, combinations, pairwise, product

PARTS = 3
# Around a cut by length, cuts so many sentences away are tried: at most 25 ways to cut an answer into three.
_AROUND = 2
_FENCE = "```"
# A sentence ends with a full stop and what closes it, before a blank; or with the line.
_END = re.compile(r"""[.!?…]+["'”’)\]]*(?=\s)\s*|[。！？]+[”’」』）]*\s*|\n+\s*""")
_WORD = re.compile(r"\w+")


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text, whose ends are the places where it may be cut; a block of code is never cut."""
    ends = [found.end() for found in _END.finditer(text) if not _is_in_code(text, found.end())]
    places = sorted({0, *ends, len(text)})
    return [text[start:end] for start, end in pairwise(places)]


def _is_in_code(text: str, place: int) -> bool:
    return text.count(_FENCE, 0, place) % 2 == 1


def by_length(answer: str, *, parts: int = PARTS) -> tuple[str, ...] | None:
    """Return an answer in so many parts of about equal length; None where it has fewer sentences."""
    sentences = sentences_of(answer)
    if len(sentences) < parts:
        return None
    return _joined(sentences, _even_cuts(sentences, parts=parts))


def by_likeness(
    first: str, second: str, *, parts: int = PARTS
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return both answers in so many parts, cut near the cuts by length so that parts share most words.

    Likeness of two parts is the share of their words that both have (Jaccard). None where an answer has fewer
    sentences than parts.
    """
    one, other = sentences_of(first), sentences_of(second)
    if min(len(one), len(other)) < parts:
        return None
    ones, others = _ways_to_cut(one, parts=parts), _ways_to_cut(other, parts=parts)
    best = max(product(ones, others), key=lambda both: _likeness(both[0], both[1]))
    return best


def _even_cuts(sentences: Sequence[str], *, parts: int) -> tuple[int, ...]:
    """Return before which sentences to cut, so that parts are about equally long and none is empty."""
    ends = list(accumulate(len(sentence) for sentence in sentences))
    cuts: list[int] = []
    for part in range(1, parts):
        wanted = ends[-1] * part / parts
        lowest, highest = (cuts[-1] if cuts else 0) + 1, len(sentences) - (parts - part)
        cuts.append(min(range(lowest, highest + 1), key=lambda cut: abs(ends[cut - 1] - wanted)))
    return tuple(cuts)


def _ways_to_cut(sentences: Sequence[str], *, parts: int) -> list[tuple[str, ...]]:
    """Return the answer cut in every way near the even one, the even one first."""
    even = _even_cuts(sentences, parts=parts)
    near = [range(max(1, cut - _AROUND), min(len(sentences) - 1, cut + _AROUND) + 1) for cut in even]
    cuts = sorted(
        {*product(*near)} & {*combinations(range(1, len(sentences)), parts - 1)},
        key=lambda each: each != even,
    )
    return [_joined(sentences, each) for each in cuts]


def _joined(sentences: Sequence[str], cuts: Sequence[int]) -> tuple[str, ...]:
    places = [0, *cuts, len(sentences)]
    return tuple("".join(sentences[start:end]) for start, end in pairwise(places))


def _likeness(one: Sequence[str], other: Sequence[str]) -> float:
    return sum(_jaccard(_words(left), _words(right)) for left, right in zip(one, other, strict=True))


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0
