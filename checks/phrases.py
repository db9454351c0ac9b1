"""Phrases that are looked for in several languages, and whether a text is in a script that they cover."""

import re
from dataclasses import dataclass

from checks.text import prose_of

# Latin, Cyrillic, and what Chinese and Japanese are written in.
_COVERED = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff\u0400-\u04ff\u3040-\u30ff\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
# Where a sentence may begin.
START = r"(?:^|(?<=[.!?…:;\n])|(?<=[.!?…:;\n] ))[\s\"“*_]{0,5}"
OPENING_CHARACTERS = 300
NOT_COVERED = "The answer is in a script for which no phrases are known."


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """A pattern, and stems of which each of its matches holds one: looking for those is a hundred times faster."""

    pattern: re.Pattern[str]
    stems: tuple[str, ...]

    def occur_in(self, text: str) -> bool:
        """Return whether the pattern is found."""
        small = text.lower()
        return any(stem in small for stem in self.stems) and self.pattern.search(text) is not None


def phrase_pattern(*alternatives: str) -> re.Pattern[str]:
    """Return a pattern that finds any of the alternatives, whatever the case."""
    return re.compile("|".join(f"(?:{alternative})" for alternative in alternatives), re.IGNORECASE)


def says(phrases: Phrases, *, response: str, opening_only: bool) -> bool | None:
    """Return whether the prose holds a phrase, or None where most of it is in a script without phrases."""
    prose = prose_of(response).replace("’", "'").strip()
    if not prose.isascii() and 2 * len(_COVERED.findall(prose)) < len(_LETTER.findall(prose)):
        return None
    return phrases.occur_in(prose[:OPENING_CHARACTERS] if opening_only else prose)
