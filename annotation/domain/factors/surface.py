"""Surface factors of an answer: what can be counted without asking any model.

Word lists are English; on other languages those factors seldom differ, which their counts of ties show.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from curation.domain.corpus.style import MEASURES

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SENTENCE_END = re.compile(r"[.!?…]+(?=\s|$)|[。！？]|\n+")
_EMOJI = re.compile("[\U0001f300-\U0001faff☀-➿]")
_HEDGES = re.compile(
    r"\b(?:perhaps|maybe|might|possibly|probably|likely|presumably|seems?|appears? to|could be|may be|i think|"
    r"i believe|i guess|it depends|in general|generally|usually|roughly|approximately|not (?:entirely )?sure|"
    r"as far as i know)\b"
)
_REFUSALS = re.compile(
    r"\b(?:i (?:can(?:no|['’])t|cannot|am unable to|won['’]t|will not|am not able to)|i['’]m (?:unable|not able) to|"
    r"as an ai)\b"
)
_APOLOGIES = re.compile(r"\b(?:sorry|apolog(?:y|ies|i[sz]e)|my mistake|pardon)\b")
_FIRST_PERSON = frozenset({"i", "me", "my", "mine", "myself", "i'm", "i've", "i'd", "i'll"})
# A longer text repeats more words whatever its author does, so variety is read off its beginning.
_VARIETY_WORDS = 100


def sentences_of(text: str) -> list[str]:
    """Return the sentences and lines of a text that hold a word."""
    return [piece for piece in _SENTENCE_END.split(text) if _WORD.search(piece)]


@dataclass(frozen=True)
class Answer:
    """An answer with its prompt, and what several factors look at, computed once."""

    text: str
    prompt: str = ""

    @cached_property
    def lower(self) -> str:
        """Return the text in small letters, with one kind of apostrophe."""
        return self.text.casefold().replace("’", "'")

    @cached_property
    def words(self) -> list[str]:
        """Return the words in small letters."""
        return _WORD.findall(self.lower)

    @cached_property
    def sentences(self) -> int:
        """Return how many sentences or lines there are, at least one where there is a word."""
        return len(sentences_of(self.text))

    @cached_property
    def prompt_words(self) -> frozenset[str]:
        """Return the distinct words of the prompt."""
        return frozenset(_WORD.findall(self.prompt.casefold().replace("’", "'")))


Measure = Callable[[Answer], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A named property of an answer; `weighed`: part of the logistic model, which has one measure of length only."""

    name: str
    meaning: str
    measure: Measure
    weighed: bool = True


def _style(measure: str) -> Measure:
    count = MEASURES[measure]
    return lambda answer: count(answer.text)


def _found(pattern: re.Pattern[str]) -> Measure:
    return lambda answer: len(pattern.findall(answer.lower))


def _per_hundred_words(count: Measure) -> Measure:
    return lambda answer: 100 * count(answer) / len(answer.words) if answer.words else 0.0


def _first_person(answer: Answer) -> float:
    return sum(map(_FIRST_PERSON.__contains__, answer.words))


def _sentence_length(answer: Answer) -> float:
    return len(answer.words) / answer.sentences if answer.sentences else 0.0


def _word_length(answer: Answer) -> float:
    return sum(map(len, answer.words)) / len(answer.words) if answer.words else 0.0


def _variety(answer: Answer) -> float:
    beginning = answer.words[:_VARIETY_WORDS]
    return len(set(beginning)) / len(beginning) if beginning else 0.0


def _prompt_similarity(answer: Answer) -> float:
    """Return the Jaccard similarity of the distinct words of answer and prompt."""
    own = set(answer.words)
    together = own | answer.prompt_words
    return len(own & answer.prompt_words) / len(together) if together else 0.0


_FACTORS = (
    Factor(name="characters", meaning="length in characters", measure=_style("characters")),
    Factor(name="words", meaning="length in words", measure=lambda each: len(each.words), weighed=False),
    Factor(name="sentences", meaning="sentences", measure=lambda each: each.sentences, weighed=False),
    Factor(name="sentence_length", meaning="words in a sentence", measure=_sentence_length),
    Factor(name="word_length", meaning="letters in a word", measure=_word_length),
    Factor(name="word_variety", meaning="distinct among the first 100 words", measure=_variety),
    Factor(name="list_entries", meaning="entries of lists", measure=_style("list entries")),
    Factor(name="headers", meaning="headers", measure=_style("headers")),
    Factor(name="bold", meaning="bold phrases", measure=_style("bold phrases")),
    Factor(name="code", meaning="code blocks", measure=_style("code blocks")),
    Factor(
        name="questions", meaning="question marks", measure=lambda each: len(re.findall(r"[?？]", each.text))
    ),
    Factor(
        name="exclamations",
        meaning="exclamation marks",
        measure=lambda each: len(re.findall(r"[!！]", each.text)),
    ),
    Factor(name="emoji", meaning="emoji", measure=lambda each: len(_EMOJI.findall(each.text))),
    Factor(name="hedging", meaning="hedges in a hundred words", measure=_per_hundred_words(_found(_HEDGES))),
    Factor(
        name="first_person",
        meaning="“I”, “me”, “my” in a hundred words",
        measure=_per_hundred_words(_first_person),
    ),
    Factor(name="refusal", meaning="phrases of refusal", measure=_found(_REFUSALS)),
    Factor(name="apology", meaning="apologies", measure=_found(_APOLOGIES)),
    Factor(name="prompt_similarity", meaning="words shared with the prompt", measure=_prompt_similarity),
)
SURFACE_FACTORS: Mapping[str, Factor] = MappingProxyType({factor.name: factor for factor in _FACTORS})


def surface_values(text: str, *, prompt: str = "") -> list[float]:
    """Return every surface factor of an answer, in the order of SURFACE_FACTORS."""
    answer = Answer(text=text, prompt=prompt)
    return [float(factor.measure(answer)) for factor in _FACTORS]
