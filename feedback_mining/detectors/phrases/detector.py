"""Matching the rules of a language against the user's own words, and weighing where they stand."""

import re
from collections.abc import Iterator, Sequence

from feedback_mining.detectors.phrases.rules import (
    EVERY_LANGUAGE,
    Rule,
    RuleSet,
    known_languages,
    rules_of,
)
from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.detection import DetectorTools, Found
from feedback_mining.domain.findings import Finding, surest_per_criterion
from feedback_mining.domain.hindsight import with_hindsight
from feedback_mining.domain.languages import languages_to_try
from feedback_mining.domain.own_words import BLANK, Excerpt, blank_from, blank_matches, own_words
from feedback_mining.domain.repetition import is_same_request, repeats_request
from language_models.chat.expense import Expense

# A remark comes first: matches keep their weight up to here, then lose it in proportion to the distance.
_OPENING_LENGTH = 240
# What stands in a task ("write a letter that says …") or in a question about the world is seldom a remark.
_FRAMED = 0.35
_SENTENCE_END = re.compile(r"[.!?\n]")
# How often a request that repeats an earlier one, word for word or nearly, asks for another answer.
_SAME_REQUEST = 0.85
_SIMILAR_REQUEST = 0.6
# Who asks again does so soon.
_COMPARED_REQUESTS = 8


class PhraseDetector:
    """Finds criteria by wording; blind to what is said without the words that it knows."""

    name = "phrases"
    version = "2"
    cost = "Free: runs anywhere, some thousand messages a second, no model."
    needs: frozenset[str] = frozenset()
    expense = Expense()

    def build(self, _tools: DetectorTools) -> "PhraseDetector":
        """Return the detector itself; it needs no tools."""
        return self

    def knows(self, language: str) -> bool:
        """Tell whether there are rules for the language; emoji are read in every language."""
        return language in known_languages()

    def estimate(self, _contexts: Sequence[FeedbackContext]) -> Expense:
        """Return that reading costs nothing."""
        return Expense()

    def detect(self, contexts: Sequence[FeedbackContext]) -> list[Found]:
        """Return the findings of each context, in the order given."""
        return with_hindsight([self._findings(context) for context in contexts], contexts=contexts)

    def _findings(self, context: FeedbackContext) -> list[Finding]:
        excerpt = own_words(context.text)
        languages = languages_to_try(context, known=known_languages())
        found = [
            finding
            for language in (*languages, EVERY_LANGUAGE)
            for finding in _matches(excerpt, rules=rules_of(language), context=context)
        ]
        return surest_per_criterion([*found, *_repetition(context)])


def _matches(excerpt: Excerpt, *, rules: RuleSet, context: FeedbackContext) -> Iterator[Finding]:
    words = _without_answer(excerpt.words, rules=rules) if context.response_asks else excerpt.words
    words = blank_matches(_without_pasted(words, rules=rules), pattern=rules.guards)
    if not words.strip(BLANK).strip():
        return
    framed = _framed(words, rules=rules)
    for rule in rules.rules:
        for start, end in _spans(words, rule=rule):
            weight = _place_weight(start, words=words)
            if any(frame_start <= start < frame_end for frame_start, frame_end in framed):
                weight *= _FRAMED
            span = (excerpt.position_in_message(start), excerpt.position_in_message(end))
            yield Finding(rule.criterion, round(rule.probability * weight, 4), *span)


def _framed(words: str, *, rules: RuleSet) -> list[tuple[int, int]]:
    """Return the stretches that belong to a task (all that follows "write a letter …") or to a question."""
    request = rules.requests.match(words)
    if request is not None:
        return [(request.end(), len(words))]
    return [
        (question.start("evidence"), _sentence_end(words, start=question.end()))
        for question in rules.questions.finditer(words)
    ]


def _sentence_end(words: str, *, start: int) -> int:
    end = _SENTENCE_END.search(words, start)
    return len(words) if end is None else end.start()


def _spans(words: str, *, rule: Rule) -> Iterator[tuple[int, int]]:
    for match in rule.matches(words):
        evidence = match["evidence"]
        start = match.start("evidence") + len(evidence) - len(evidence.lstrip(" ,.!;:\n"))
        end = match.start("evidence") + len(evidence.rstrip(" ,;:\n"))
        if end > start:
            yield start, end


def _place_weight(start: int, *, words: str) -> float:
    if start <= _OPENING_LENGTH:
        return 1.0
    # The last words of a long message are a remark more often than its middle.
    distance = min(start, _OPENING_LENGTH + (len(words) - start))
    return max(0.3, _OPENING_LENGTH / distance)


def _without_answer(words: str, *, rules: RuleSet) -> str:
    """Blank the "no" or "yes" that answers the assistant's own question."""
    answer = rules.answers.match(words)
    return words if answer is None else BLANK * answer.end() + words[answer.end() :]


def _without_pasted(words: str, *, rules: RuleSet) -> str:
    pasting = rules.pasting.search(words)
    return words if pasting is None else blank_from(words, start=pasting.end())


def _repetition(context: FeedbackContext) -> Iterator[Finding]:
    """Find a request that was made before: who asks again was not satisfied."""
    recent = context.earlier_requests[-_COMPARED_REQUESTS:]
    if any(is_same_request(context.text, earlier) for earlier in recent):
        yield Finding("Revision", _SAME_REQUEST, 0, len(context.text))
    elif any(repeats_request(context.text, earlier) for earlier in recent):
        yield Finding("Revision", _SIMILAR_REQUEST, 0, len(context.text))
