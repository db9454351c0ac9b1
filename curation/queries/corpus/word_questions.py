"""A word question as conditions on the documents of the word search."""

from dataclasses import dataclass

from django.db.models import Q

from curation.domain.corpus.finding import FilterError
from curation.domain.corpus.word_questions import WordQuestion, parse_words
from curation.models import Project
from curation.queries.corpus.words import lexemes_of, matches_words


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedWords:
    """A question split into the lexemes of the index; phrases are looked for in the texts besides."""

    words: tuple[str, ...]
    prefixes: tuple[str, ...]
    phrases: tuple[str, ...]
    excluded: tuple[tuple[str, ...], ...]

    def condition(self, project: Project) -> Q:
        """Return the condition on MessageWords; phrases join the texts, so they come last."""
        condition = Q(matches_words(project, words=self.words, prefixes=self.prefixes))
        for lexemes in self.excluded:
            condition &= ~Q(matches_words(project, words=lexemes))
        for phrase in self.phrases:
            condition &= Q(message__text__icontains=phrase)
        return condition


def asked_words(text: str) -> AskedWords:
    """Split a question as the index split the texts, in one statement; raises FilterError where nothing is left."""
    question = parse_words(text)
    words, prefixes, phrases, excluded = _lexemes(question)
    if not (words or prefixes):
        message = f"“{text[:60]}” holds no word that can be searched. Choose “exact text” to look for signs."
        raise FilterError(message)
    return AskedWords(words=words, prefixes=prefixes, phrases=phrases, excluded=excluded)


def words_condition(project: Project, text: str) -> Q:
    """Return the condition on MessageWords that a message answers a question."""
    return asked_words(text).condition(project)


def _lexemes(
    question: WordQuestion,
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[tuple[str, ...], ...]]:
    groups = (question.words, question.phrases, question.prefixes, question.excluded)
    found = iter(lexemes_of([term for group in groups for term in group]))
    words, phrases, prefixes, excluded = ([next(found) for _ in group] for group in groups)
    whole = [lexeme for lexemes in (*words, *phrases) for lexeme in lexemes]
    # "e-mail*" is split too: of its parts only the whole is a beginning.
    begun = [max(lexemes, key=len) for lexemes in prefixes if lexemes]
    # A phrase of one word is that word.
    kept = [
        phrase
        for phrase, lexemes in zip(question.phrases, phrases, strict=True)
        if lexemes != [phrase.lower()]
    ]
    return (
        tuple(dict.fromkeys(whole)),
        tuple(begun),
        tuple(kept),
        tuple(tuple(lexemes) for lexemes in excluded if lexemes),
    )
