"""How many words are in capitals."""

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.bounds import broken_bounds, is_within, require_bounds
from checks.parameters import parameter
from checks.readings import LOOSELY, follows
from checks.text import prose_of

_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CapitalsCheck:
    """Counts words of two letters or more that are in capitals throughout."""

    name: ClassVar[str] = "capitals"
    title: ClassVar[str] = "Words in capitals"
    skip_sentence: ClassVar[str] = ""

    least_words: int | None = parameter("At least", default=None)
    most_words: int | None = parameter("At most", default=0)
    reading: Literal["strict", "loose"] = parameter(LOOSELY, default="strict")

    def __post_init__(self) -> None:
        """Refuse bounds that bound nothing."""
        require_bounds(self.least_words, self.most_words, of="words in capitals")

    @property
    def failure_sentence(self) -> str:
        """Say how many there were to be."""
        return broken_bounds(self.least_words, self.most_words, of="words in capitals")

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether there are as many as asked."""
        return follows(response, reading=self.reading, rule=self._has_as_many)

    def _has_as_many(self, response: str) -> bool:
        words = _WORD.findall(prose_of(response))
        count = sum(word.isupper() for word in words)
        return is_within(count, at_least=self.least_words, at_most=self.most_words)
