"""The wish that a complaint makes plain, in the user's own words."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from feedback_mining.domain.findings import Finding
from feedback_mining.domain.taxonomy import Polarity, polarity_of
from feedback_mining.domain.wording import WORDING, any_of

# Complaints of these kinds say what is wanted, the first most plainly; others may be followed by it.
_STATING = ("Style", "Revision", "Insufficient_Detail", "Ignored", "Factual_Error")
_SENTENCE = re.compile(r"[^.!?。！？؟।\n]+(?:[.!?](?=\w)[^.!?。！？؟।\n]*)*[.!?。！？؟।]*")
_PUNCTUATION = " \t…,.;:!?¡¿。！？؟।、，-–—'\"“”"
# A longer passage is pasted text, not a wish.
_LONGEST_WISH = 160
# What may still be one before its introduction and ending are cut off, and how far before the evidence it may begin.
_LONGEST_UNCUT, _LONGEST_CLAUSE = 4 * _LONGEST_WISH, 2 * _LONGEST_WISH
# Where a clause begins that can state a wish of its own; a run of blanks is tried at its beginning alone.
_CLAUSE = re.compile(r"[,;:]\s+|(?<!\s)\s+(?:[-–—]|but|aber|mais|pero|mas|però|maar)\s+", re.IGNORECASE)


def wish_from(message_text: str, *, span: tuple[int, int], findings: Sequence[Finding]) -> str:
    """Return the words of a message that state what the user wants; "" where none do.

    `span` is the evidence of the complaint, for where no finding has one. The sentence of a complaint is looked
    at first, then the one after it; greetings, "please", "I wanted" and the complaint itself are cut off, and
    what only says what was too much ("too formal") gives way to what says more.
    """
    complaints = [finding for finding in findings if polarity_of(finding.criterion) is Polarity.DSAT]
    spans = [_wish_span(finding) for finding in sorted(complaints, key=_rank)] or [span]
    sentences = [
        sentence for start, end in spans for sentence in _sentences_from(message_text, start=start, end=end)
    ]
    wishes = [wish for wish in map(_stripped, sentences) if wish]
    return next((wish for wish in wishes if not _too_much().match(wish)), next(iter(wishes), ""))


def _wish_span(finding: Finding) -> tuple[int, int]:
    """Return where to look: at the words of a complaint that says what is wanted, else behind them."""
    start = finding.start if finding.criterion in _STATING else finding.end
    return start, finding.end


def _rank(finding: Finding) -> tuple[int, float]:
    kind = _STATING.index(finding.criterion) if finding.criterion in _STATING else len(_STATING)
    return kind, -finding.probability


def _sentences_from(text: str, *, start: int, end: int) -> Iterator[str]:
    """Yield the sentences that the span touches, the first from its clause on, then the one behind them."""
    following = [match for match in _SENTENCE.finditer(text) if match.end() > start]
    touched = [match for match in following if match.start() < max(end, start + 1)]
    if touched and start == end:
        yield text[start : touched[0].end()]
    elif touched:
        yield text[_clause_start(touched[0], before=start) : touched[0].end()]
    yield from (match[0] for match in [*touched[1:], *following[len(touched) :][:1]])


def _clause_start(sentence: re.Match[str], *, before: int) -> int:
    """Return where the clause begins that holds the evidence."""
    begin = max(sentence.start(), before - _LONGEST_CLAUSE)
    ends = [match.end() for match in _CLAUSE.finditer(sentence.string, begin, before)]
    return ends[-1] if ends else sentence.start()


def _stripped(sentence: str) -> str:
    wish = sentence.strip(_PUNCTUATION)
    if len(wish) > _LONGEST_UNCUT:
        return ""
    straight = wish.replace("'", "’")
    begin = _end_of_introduction(straight)
    ending = _ending().search(straight, begin)
    wish = wish[begin : ending.start() if ending else None].strip(_PUNCTUATION)
    return wish if len(wish) <= _LONGEST_WISH else ""


def _end_of_introduction(text: str) -> int:
    end = 0
    while match := _introduction().match(text, end):
        end = match.end()
    return end


@cache
def _introduction() -> re.Pattern[str]:
    return any_of(WORDING["before_wish"], after=r"[\s,.;:!?–—-]*")


@cache
def _ending() -> re.Pattern[str]:
    return any_of(
        WORDING["after_wish"], before=r"(?:(?<![\s,.;:!?–—-])[\s,.;:!?–—-]+)?", after=r"[\s,.;:!?]*\Z"
    )


@cache
def _too_much() -> re.Pattern[str]:
    return any_of(WORDING["too_much"])
