"""Phrases that are looked for in several languages, and whether a text is in a script that they cover."""

import re

from checks.text import prose_of

# Latin, Cyrillic, and what Chinese and Japanese are written in.
_COVERED = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff\u0400-\u04ff\u3040-\u30ff\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
# Where a sentence may begin.
START = r"(?:^|(?<=[.!?…:;\n])|(?<=[.!?…:;\n] ))[\s\"“*_]{0,5}"
OPENING_CHARACTERS = 300
NOT_COVERED = "The answer is in a script for which no phrases are known."


def phrase_pattern(*alternatives: str) -> re.Pattern[str]:
    """Return a pattern that finds any of the alternatives, whatever the case."""
    return re.compile("|".join(f"(?:{alternative})" for alternative in alternatives), re.IGNORECASE)


def says(pattern: re.Pattern[str], *, response: str, opening_only: bool) -> bool | None:
    """Return whether the prose holds the pattern, or None where most of it is in a script without phrases."""
    prose = prose_of(response).replace("’", "'").strip()
    letters = len(_LETTER.findall(prose))
    if 2 * len(_COVERED.findall(prose)) < letters:
        return None
    return pattern.search(prose[:OPENING_CHARACTERS] if opening_only else prose) is not None
