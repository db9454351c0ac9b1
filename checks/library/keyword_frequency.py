"""How often something must be said."""

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.bounds import broken_bounds, is_within, require_bounds
from checks.contract import ParameterError
from checks.parameters import parameter
from checks.readings import LOOSELY, follows


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordFrequencyCheck:
    """Counts how often a word or phrase occurs, whatever its case."""

    name: ClassVar[str] = "keyword_frequency"
    title: ClassVar[str] = "How often a word occurs"
    skip_sentence: ClassVar[str] = ""

    word: str = parameter("Word or phrase", default="")
    at_least: int | None = parameter("At least", default=1)
    at_most: int | None = parameter("At most", default=None)
    reading: Literal["strict", "loose"] = parameter(LOOSELY, default="strict")

    def __post_init__(self) -> None:
        """Refuse a word that is none, and bounds that bound nothing."""
        if not self.word.strip():
            message = "Say which word is counted."
            raise ParameterError(message)
        require_bounds(self.at_least, self.at_most, of=f"“{self.word}”")

    @property
    def failure_sentence(self) -> str:
        """Say how often it was to occur."""
        return broken_bounds(self.at_least, self.at_most, of=f"“{self.word.strip()}”")

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether it occurs as often as asked."""
        return follows(response, reading=self.reading, rule=self._occurs)

    def _occurs(self, response: str) -> bool:
        pattern = rf"(?<!\w){re.escape(self.word.strip())}(?!\w)"
        count = len(re.findall(pattern, response, re.IGNORECASE))
        return is_within(count, at_least=self.at_least, at_most=self.at_most)
