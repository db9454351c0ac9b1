"""Neither too short nor too long."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.bounds import broken_bounds, is_within, require_bounds
from checks.parameters import parameter
from checks.readings import LOOSELY, follows
from checks.text import paragraphs_of, sentences_of, words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthCheck:
    """Counts words, characters, sentences or paragraphs; in scripts without spaces, a character counts as a word."""

    name: ClassVar[str] = "length"
    title: ClassVar[str] = "Length"
    skip_sentence: ClassVar[str] = ""

    at_least: int | None = parameter("At least", default=None)
    at_most: int | None = parameter("At most", default=None)
    unit: Literal["words", "characters", "sentences", "paragraphs"] = parameter("Counted in", default="words")
    reading: Literal["strict", "loose"] = parameter(LOOSELY, default="strict")

    def __post_init__(self) -> None:
        """Refuse bounds that bound nothing, or that nothing can keep."""
        require_bounds(self.at_least, self.at_most, of=self.unit)

    @property
    def failure_sentence(self) -> str:
        """Say which length was asked for."""
        return broken_bounds(self.at_least, self.at_most, of=self.unit)

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether the length is within the bounds, both included."""
        return follows(response, reading=self.reading, rule=self._is_within)

    def _is_within(self, response: str) -> bool:
        return is_within(self._length(response), at_least=self.at_least, at_most=self.at_most)

    def _length(self, response: str) -> int:
        if self.unit == "characters":
            return len(response.strip())
        parts = {"words": words_of, "sentences": sentences_of, "paragraphs": paragraphs_of}[self.unit]
        return len(parts(response))
