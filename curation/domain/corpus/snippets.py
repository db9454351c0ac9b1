"""The place in a text where it was found, with the words marked, as pieces of plain text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

SNIPPET_CHARACTERS = 260
# How much of it stands before the first word that was found.
BEFORE_CHARACTERS = 70
# A cut moves by so many characters to spare a word.
CUT_CHARACTERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some text, marked where it is what was looked for."""

    text: str
    is_marked: bool = False


def snippet_of(
    text: str, *, words: Sequence[str] = (), prefixes: Sequence[str] = (), phrases: Sequence[str] = ()
) -> tuple[Piece, ...]:
    """Return the surroundings of the first word that is found in a text, or its beginning."""
    sought = _pattern(words=words, prefixes=prefixes, phrases=phrases)
    first = sought.search(text) if sought else None
    start = _cut(text, max(0, first.start() - BEFORE_CHARACTERS) if first else 0)
    end = len(text) if start + SNIPPET_CHARACTERS >= len(text) else _cut(text, start + SNIPPET_CHARACTERS)
    pieces = _marked(text[start:end], sought)
    before, after = ("… " if start else ""), (" …" if end < len(text) else "")
    edges = (Piece(text=before), *pieces, Piece(text=after))
    return tuple(piece for piece in edges if piece.text)


def _pattern(
    *, words: Sequence[str], prefixes: Sequence[str], phrases: Sequence[str]
) -> re.Pattern[str] | None:
    terms = [re.escape(word) + r"(?!\w)" for word in words]
    terms += [re.escape(prefix) + r"\w*" for prefix in prefixes]
    terms = [r"(?<!\w)" + term for term in terms] + [re.escape(phrase) for phrase in phrases]
    # Longer ones first: of "art" and "artist" the whole word is marked.
    terms.sort(key=len, reverse=True)
    return re.compile("|".join(terms), re.IGNORECASE) if terms else None


def _cut(text: str, at: int) -> int:
    """Return a place near `at` that spares a word, where there is a space soon behind it."""
    if at == 0:
        return 0
    space = text.find(" ", at, at + CUT_CHARACTERS)
    return at if space < 0 else space + 1


def _marked(text: str, sought: re.Pattern[str] | None) -> list[Piece]:
    pieces: list[Piece] = []
    shown = 0
    for match in sought.finditer(text) if sought else ():
        pieces += [Piece(text=text[shown : match.start()]), Piece(text=match.group(), is_marked=True)]
        shown = match.end()
    return [*pieces, Piece(text=text[shown:])]
