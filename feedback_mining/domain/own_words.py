"""Blanking what a user message quotes, pastes or drafts: those words are not about the response."""

import re
from dataclasses import dataclass

# A private-use character: it is neither a word character nor a space, so that no rule matches across a gap.
BLANK = "\ue000"
# Both apostrophes, and the backtick that stands in for one, become the one that the rules are written with.
_APOSTROPHES = str.maketrans({"'": "’", "`": "’", "´": "’"})
# Feedback stands at the ends of a message; what lies between is left out, so that 1 MB costs as much as 5 kB.
_HEAD_LENGTH = 4_000
_TAIL_LENGTH = 1_000
# From here on a message of several paragraphs is taken to carry pasted text in the middle.
_LONG_MESSAGE = 800
_SHORT_PARAGRAPH = 300

_NOT_OWN_WORDS = re.compile(
    r"""
      ```.*?(?:```|\Z)                                  # code, also where the fence is never closed
    | ~~~.*?(?:~~~|\Z)
    | `[^`\n]+`
    | ^[ \t]*>[^\n]*$                                   # mail quotation
    | https?://\S+
    | "[^"\n]{1,1000}" | “[^”]{1,1000}[”“] | „[^“”]{1,1000}[“”] | «[^»]{1,1000}»
    | 「[^」]{1,1000}」 | 『[^』]{1,1000}』
    | (?<!\w)'[^'\n]{3,300}'(?!\w) | (?<!\w)‘[^’\n]{3,300}’(?!\w)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
# A letter within the message: from its salutation to its closing line.
_LETTER = re.compile(
    r"""
    ^[ \t]*(?:dear|hi|hello|hey|sehr\ geehrte\w*|liebe\w*|hallo|bonjour|ch[eè]re?s?|monsieur|madame
        |querid[oa]s?|estimad[oa]s?|hola|prezad[oa]s?|car[oai]|gentile|egregi[oa]|beste|geachte)\b[^\n]{0,60}\n
    .*?
    ^[ \t]*(?:best|kind|warm|with\ (?:kind|best)|regards|sincerely|yours|cheers|thanks|many\ thanks
        |thank\ you|mit\ freundlichen|viele\ gr|liebe\ gr|herzliche|cordialement|bien\ [aà]|sinc[eè]rement
        |saludos|atentamente|un\ (?:cordial\ )?saludo|atenciosamente|abra[cç]os|cordiali|distinti
        |met\ vriendelijke|groet\w*)\b[^\n]{0,40}
    (?:\n[^\n]{0,40}(?=\n|\Z))?
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The words to search; where a long message lost its middle, their positions are not those in the message."""

    words: str
    gap_start: int
    gap_length: int

    def position_in_message(self, position: int) -> int:
        """Return where a position of `words` lies in the message."""
        return position if position <= self.gap_start else position + self.gap_length


def own_words(text: str) -> Excerpt:
    """Return what is searched of a message: everything blanked that is not the user's own remark."""
    gap_length = max(0, len(text) - _HEAD_LENGTH - _TAIL_LENGTH)
    words = text[:_HEAD_LENGTH] + BLANK + text[-_TAIL_LENGTH + 1 :] if gap_length else text
    for pattern in (_NOT_OWN_WORDS, _LETTER):
        words = blank_matches(words, pattern=pattern)
    words = _outer_paragraphs(words).translate(_APOSTROPHES)
    return Excerpt(words, gap_start=_HEAD_LENGTH, gap_length=gap_length)


def blank_matches(text: str, *, pattern: re.Pattern[str]) -> str:
    """Return the text, equally long, with every match blanked."""
    return pattern.sub(lambda match: BLANK * len(match[0]), text)


def blank_from(text: str, *, start: int) -> str:
    """Return the text, equally long, with everything from `start` on blanked."""
    return text[:start] + BLANK * (len(text) - start)


def _outer_paragraphs(text: str) -> str:
    """Blank what lies between the first and the last paragraph of a long message, and a long last one."""
    first_end = text.find("\n\n")
    if len(text) <= _LONG_MESSAGE or first_end < 0:
        return text
    last_start = text.rstrip().rfind("\n\n")
    if len(text) - last_start > _SHORT_PARAGRAPH:
        last_start = len(text)
    return text[:first_end] + BLANK * (last_start - first_end) + text[last_start:]
