"""What must be said, and what must not."""

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.contract import ParameterError
from checks.parameters import parameter
from checks.readings import LOOSELY, follows


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordsCheck:
    """Looks for words or phrases."""

    name: ClassVar[str] = "keywords"
    title: ClassVar[str] = "Words that must or must not occur"
    skip_sentence: ClassVar[str] = ""

    contains: tuple[str, ...] = parameter("Must contain", default=())
    avoids: tuple[str, ...] = parameter("Must not contain", default=())
    need: Literal["all", "any"] = parameter("Of the words that must occur", default="all")
    whole_words: bool = parameter("Whole words only", default=True)
    match_case: bool = parameter("Tell capitals from small letters", default=False)
    reading: Literal["strict", "loose"] = parameter(LOOSELY, default="strict")

    def __post_init__(self) -> None:
        """Refuse a check that looks for nothing."""
        if not self.contains and not self.avoids:
            message = "Say which words must occur (contains), which must not (avoids), or both."
            raise ParameterError(message)
        if not all(word.strip() for word in (*self.contains, *self.avoids)):
            message = "One of the words is empty, and so would occur everywhere. Leave it out."
            raise ParameterError(message)

    @property
    def failure_sentence(self) -> str:
        """Say which words were asked for."""
        lacks = "has none of" if self.need == "any" else "lacks one of"
        deeds = [(lacks, self.contains), ("contains one of", self.avoids)]
        return f"The answer {' or '.join(f'{deed} {_listed(words)}' for deed, words in deeds if words)}."

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether all (or any) of the one and none of the other occur."""
        return follows(response, reading=self.reading, rule=self._says)

    def _says(self, response: str) -> bool:
        found = [self._occurs(word, response) for word in self.contains]
        has_enough = not found or (all(found) if self.need == "all" else any(found))
        return has_enough and not any(self._occurs(word, response) for word in self.avoids)

    def _occurs(self, word: str, response: str) -> bool:
        pattern = re.escape(word.strip())
        if self.whole_words:
            pattern = rf"(?<!\w){pattern}(?!\w)"
        return re.search(pattern, response, 0 if self.match_case else re.IGNORECASE) is not None


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"“{word}”" for word in words)
