"""Cutting a message into the sentences that are embedded, each once, with its place in the message."""

import re
from dataclasses import dataclass
from functools import lru_cache

from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.own_words import BLANK, Excerpt, own_words

# Remarks stand at the ends of a message; so many sentences are read there.
_FIRST = 4
_LAST = 2
_LONGEST = 240
# A request says what it wants in its first sentences.
_COMPARED = 2
# Further inside, a sentence is more often part of a task or a tale than a remark.
_INSIDE_WEIGHT = 0.6
# "no", "yes please", "the second": behind a question of the assistant they answer it.
_ANSWER_WORDS = 2
_SENTENCE = re.compile(r"[^.!?。！？।\n]+(?:[.!?](?=\w)[^.!?。！？।\n]*)*[.!?。！？।]*")
# What speaks to whoever judges the message, not to the assistant: it must not outweigh the user's remark beside it.
TO_A_JUDGE = re.compile(
    r"\b(?:system|admin|developer|instructions?)\s*:[^.!?\n]*[.!?]*"
    r"|[^.!?\n]*\bthe user (?:is|was|seems) (?:very |fully |completely )?(?:dis|un)?(?:satisfied|happy|pleased)\b"
    r"[^.!?\n]*[.!?]*"
    r"|\bignore (?:all |any |the |your )*(?:previous|prior|earlier|above) instructions\b[^.!?\n]*[.!?]*",
    re.IGNORECASE,
)
_BLANKS = re.compile(f"{BLANK}+")
# Emoji count as words here: a lone 👍 is a remark.
_WORD = re.compile(r"\w+|[^\w\s\ue000!-/:-@\[-`{-~]")
_EDGES = f" \t\r{BLANK}"


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence: its text as it is embedded, its span in the message, and how much its place counts."""

    text: str
    start: int
    end: int
    weight: float


def units_of(context: FeedbackContext) -> list[Unit]:
    """Return the sentences of a message that may be remarks; none where it merely answers a question."""
    if context.response_asks and len(_WORD.findall(context.text)) <= _ANSWER_WORDS:
        return []
    units = list(sentences_of(context.text))
    return [unit for unit in units if not TO_A_JUDGE.match(unit.text)] or units


# The messages of a batch's conversations are asked for again at once, then never more.
@lru_cache(maxsize=256)
def sentences_of(text: str) -> tuple[Unit, ...]:
    """Return the sentences at both ends of a text, without what it quotes, pastes or drafts."""
    excerpt = own_words(text)
    found = [match for match in _SENTENCE.finditer(excerpt.words) if _WORD.search(match[0])]
    return tuple(
        _unit(match, excerpt=excerpt, weight=_weight(place, count=len(found)))
        for place, match in enumerate(found)
        if place < _FIRST or place >= len(found) - _LAST
    )


def beginning_of(text: str) -> list[Unit]:
    """Return the sentences by which a request is compared with others."""
    return list(sentences_of(text)[:_COMPARED])


def _unit(match: re.Match[str], *, excerpt: Excerpt, weight: float) -> Unit:
    sentence = match[0]
    start = match.start() + len(sentence) - len(sentence.lstrip(_EDGES))
    end = match.start() + len(sentence.rstrip(_EDGES))
    text = _BLANKS.sub("…", excerpt.words[start:end])[:_LONGEST]
    return Unit(text, excerpt.position_in_message(start), excerpt.position_in_message(end), weight)


def _weight(place: int, *, count: int) -> float:
    return 1.0 if place < _FIRST or place == count - 1 else _INSIDE_WEIGHT
