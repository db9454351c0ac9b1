"""How often a letter or a sign must stand."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.bounds import broken_bounds, is_within, require_bounds
from checks.contract import ParameterError
from checks.parameters import parameter
from checks.readings import LOOSELY, follows


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFrequencyCheck:
    """Counts a letter, whatever its case, or another sign."""

    name: ClassVar[str] = "letter_frequency"
    title: ClassVar[str] = "How often a letter occurs"
    skip_sentence: ClassVar[str] = ""

    letter: str = parameter("Letter or sign", default="e")
    at_least: int | None = parameter("At least", default=1)
    at_most: int | None = parameter("At most", default=None)
    reading: Literal["strict", "loose"] = parameter(LOOSELY, default="strict")

    def __post_init__(self) -> None:
        """Refuse what is no single sign, and bounds that bound nothing."""
        if len(self.letter) != 1 or self.letter.isspace():
            message = f"letter must be one letter or sign, found {self.letter!r}."
            raise ParameterError(message)
        require_bounds(self.at_least, self.at_most, of=f"“{self.letter}”")

    @property
    def failure_sentence(self) -> str:
        """Say how often it was to stand."""
        return broken_bounds(self.at_least, self.at_most, of=f"“{self.letter}”")

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether it stands as often as asked."""
        return follows(response, reading=self.reading, rule=self._stands)

    def _stands(self, response: str) -> bool:
        count = response.casefold().count(self.letter.casefold())
        return is_within(count, at_least=self.at_least, at_most=self.at_most)
