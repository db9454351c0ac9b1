"""Faulty spans that a person marked in a text, in characters of the text as its page shows it."""

import re
from collections.abc import Sequence

from annotation.domain.protocol import AnswerError

MOST_SPANS = 200
_SPAN = re.compile(r"(\d{1,9})-(\d{1,9})")

Span = tuple[int, int]


def as_shown(text: str) -> str:
    """Return a text with the line ends that a browser gives it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_spans(written: Sequence[str], *, text: str) -> list[Span]:
    """Read spans such as `4-9`, drawn together where they touch; raises AnswerError for one outside of the text."""
    length = len(as_shown(text))
    spans = []
    for entry in written:
        found = _SPAN.fullmatch(entry)
        if found is None or not int(found[1]) < int(found[2]) <= length:
            message = "A marked passage does not lie in the answer. Remove the marks and set them again."
            raise AnswerError(message)
        spans.append((int(found[1]), int(found[2])))
    if len(spans) > MOST_SPANS:
        message = (
            f"{len(spans)} passages are marked, and at most {MOST_SPANS} can be kept. Remove some marks."
        )
        raise AnswerError(message)
    return joined(spans)


def joined(spans: Sequence[Span]) -> list[Span]:
    """Return the spans in order, overlapping and touching ones as one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
