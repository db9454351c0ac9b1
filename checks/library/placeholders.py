"""What is left to be filled in."""

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.bounds import broken_bounds, is_within, require_bounds
from checks.parameters import parameter
from checks.readings import LOOSELY, follows
from checks.text import prose_of

_PLACEHOLDER = re.compile(r"\[(?!\^|\d+\]|[xX ]\])[^\[\]\n]{1,80}\](?![(\[])|\{\{?[^{}\n]{1,80}\}\}?")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceholdersCheck:
    """Counts placeholders in square or curly brackets; links, notes and code do not count."""

    name: ClassVar[str] = "placeholders"
    title: ClassVar[str] = "Placeholders"
    skip_sentence: ClassVar[str] = ""

    at_least: int | None = parameter("At least", default=None)
    at_most: int | None = parameter("At most", default=0)
    reading: Literal["strict", "loose"] = parameter(LOOSELY, default="strict")

    def __post_init__(self) -> None:
        """Refuse bounds that bound nothing."""
        require_bounds(self.at_least, self.at_most, of="placeholders")

    @property
    def failure_sentence(self) -> str:
        """Say how many there were to be."""
        return broken_bounds(self.at_least, self.at_most, of="placeholders")

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether there are as many as asked."""
        return follows(response, reading=self.reading, rule=self._has_as_many)

    def _has_as_many(self, response: str) -> bool:
        count = len(_PLACEHOLDER.findall(prose_of(response)))
        return is_within(count, at_least=self.at_least, at_most=self.at_most)
