"""In the right language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, ClassVar

from checks.contract import ParameterError
from checks.parameters import parameter
from checks.text import UNSPACED, prose_of

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LIKE_THE_PROMPT = "prompt"
# "ok" and "ciao" give no language away; a character of a script without spaces says as much as a short word.
FEWEST_LETTERS = 12
FEWEST_UNSPACED = 4
# Below it the identifier is guessing: short remarks in the right language reach 0.4, wrong guesses rarely 0.6.
SURE = 0.6
# Enough to know; more only takes time.
READ_CHARACTERS = 1000
_LETTER = re.compile(r"[^\W\d_]")
_UNSPACED = re.compile(rf"[{UNSPACED}]")
# What the identifier tells apart more finely than people who ask for a language do.
_SAME = {"yue": "zh", "wuu": "zh", "nn": "no", "bs": "hr", "arz": "ar", "ary": "ar", "pcm": "en", "uzs": "uz"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageCheck:
    """Identifies the language of the prose; code does not count."""

    name: ClassVar[str] = "language"
    title: ClassVar[str] = "Language"
    skip_sentence: ClassVar[str] = "There is too little text to know its language."

    language: str = parameter(
        'ISO 639-1 code such as "fr", or "prompt" for the prompt\'s', default=LIKE_THE_PROMPT
    )

    def __post_init__(self) -> None:
        """Refuse a code that no text would ever be found to have."""
        if self.language != LIKE_THE_PROMPT and self.language not in _identifier().labels:
            message = (
                f"No language has the code {self.language!r} here. "
                'Write its ISO 639-1 code, such as "en" or "fr", or "prompt" for the language of the prompt.'
            )
            raise ParameterError(message)

    @property
    def failure_sentence(self) -> str:
        """Say which language was asked for."""
        if self.language == LIKE_THE_PROMPT:
            return "The answer is not in the language of the prompt."
        return f"The answer is not in the language {self.language!r}."

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether the response is in the language, or None where it, or the prompt's, cannot be told."""
        wanted = identified(prompt) if self.language == LIKE_THE_PROMPT else self.language
        found = identified(response)
        if wanted is None or found is None:
            return None
        return _SAME.get(found, found) == _SAME.get(wanted, wanted)


@lru_cache(maxsize=1024)
def identified(text: str) -> str | None:
    """Return the code of the language of a text, or None where there is too little of it, or no clear answer."""
    prose = prose_of(text)[:READ_CHARACTERS]
    if len(_LETTER.findall(prose)) < FEWEST_LETTERS and len(_UNSPACED.findall(prose)) < FEWEST_UNSPACED:
        return None
    language, probability = _identifier().classify(prose)
    return str(language) if probability >= SURE else None


@cache
def _identifier() -> LanguageIdentifier:
    # Imported here because its model takes a second and 100 MB.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
