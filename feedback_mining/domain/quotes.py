"""Finding the words that somebody quotes: evidence counts only where it stands in the message."""

import re
import unicodedata

# What models change when they copy: quotation marks, dashes, blanks.
_ALIKE = str.maketrans(
    {"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "…": "."}
)
# Longer texts are searched at both ends: there the words stand that models are shown.
_SEARCHED_HEAD, _SEARCHED_TAIL = 6_000, 3_000
# Letters and digits of scripts that put blanks between words; Thai, Chinese and their like put none.
_SPACED_LETTER = re.compile(
    r"[^\W_\u0e00-\u109f\u1780-\u17ff\u2e80-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_EDGES = " \t\r\n\"'“”„‘’.…"


def find_quote(quote: str, *, text: str) -> tuple[int, int] | None:
    """Return the span of the quoted words in the text; None where they do not stand there.

    Case, blanks, quotation marks and the marks at both ends of the quote do not count; letters do. A quote begins and
    ends where words do: "no" does not stand in "I know".
    """
    wanted = _plain(quote.strip(_EDGES))[0] or _plain(quote)[0]
    if not wanted:
        return None
    for offset, part in _searched(text):
        plain, places = _plain(part)
        start = plain.find(wanted)
        while start >= 0:
            end = start + len(wanted)
            if not _is_within_word(plain, start) and not _is_within_word(plain, end):
                return offset + places[start], offset + places[end - 1] + 1
            start = plain.find(wanted, start + 1)
    return None


def _is_within_word(text: str, place: int) -> bool:
    """Tell whether a place lies between two letters of one word; scripts without blanks do not say."""
    return 0 < place < len(text) and all(_SPACED_LETTER.match(text[at]) for at in (place - 1, place))


def _searched(text: str) -> list[tuple[int, str]]:
    if len(text) <= _SEARCHED_HEAD + _SEARCHED_TAIL:
        return [(0, text)]
    return [(0, text[:_SEARCHED_HEAD]), (len(text) - _SEARCHED_TAIL, text[-_SEARCHED_TAIL:])]


def _plain(text: str) -> tuple[str, list[int]]:
    """Return the text as it is compared, and where each of its characters stands in the text."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        for each in unicodedata.normalize("NFKC", letter).translate(_ALIKE).casefold():
            if each.isspace() and letters and letters[-1] == " ":
                continue
            letters.append(" " if each.isspace() else each)
            places.append(place)
    if letters and letters[-1] == " ":
        letters.pop()
        places.pop()
    start = 1 if letters and letters[0] == " " else 0
    return "".join(letters[start:]), places[start:]
