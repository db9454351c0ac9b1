"""What somebody typed into the word search: words, beginnings of words, phrases, and words that must not be there."""

import re
from dataclasses import dataclass

from curation.domain.corpus.finding import FilterError

_TERMS = re.compile(r'(?P<without>-?)"(?P<phrase>[^"]*)"|(?P<word>\S+)')
# A shorter beginning would ask for nearly every word there is.
SHORTEST_PREFIX = 2
MOST_TERMS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class WordQuestion:
    """All words, a word for each beginning and every phrase must be there, and no excluded word."""

    words: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether anything is asked for: words that must be absent alone are no question."""
        return bool(self.words or self.prefixes or self.phrases)


def parse_words(text: str) -> WordQuestion:
    """Read `word`, `begin*`, `"a phrase"` and `-without`; raises FilterError for what asks for nothing."""
    found: dict[str, list[str]] = {"words": [], "prefixes": [], "phrases": [], "excluded": []}
    for match in list(_TERMS.finditer(text))[:MOST_TERMS]:
        kind, term = _kind_of(match)
        if term.strip():
            found[kind].append(term.strip())
    question = WordQuestion(**{kind: tuple(dict.fromkeys(terms)) for kind, terms in found.items()})
    if not question.asks:
        message = "Name at least one word that is to be found."
        raise FilterError(message)
    return question


def _kind_of(match: re.Match[str]) -> tuple[str, str]:
    if match["phrase"] is not None:
        return ("excluded" if match["without"] else "phrases"), match["phrase"]
    word = match["word"]
    if word.startswith("-") and len(word) > 1:
        return "excluded", word[1:]
    if not word.endswith("*"):
        return "words", word
    beginning = word.rstrip("*")
    if len(beginning) < SHORTEST_PREFIX:
        message = (
            f"“{word}” asks for too many words. Write at least {SHORTEST_PREFIX} letters before the star."
        )
        raise FilterError(message)
    return "prefixes", beginning
