"""Says where it is from."""

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.bounds import broken_bounds, is_within, require_bounds
from checks.parameters import parameter
from checks.readings import LOOSELY, follows
from checks.text import prose_of

_SOURCES = (
    re.compile(r"https?://[^\s<>()\[\]{}\"']{4,300}", re.IGNORECASE),
    re.compile(r"\b10\.\d{4,9}/[^\s<>\"']{1,200}"),
    re.compile(r"\barxiv[: ]\s?\d{4}\.\d{4,5}", re.IGNORECASE),
    re.compile(r"\[\^?\d{1,3}\](?!\()"),
    re.compile(r"\([^()\n]{2,80}?,? (?:1[5-9]|20)\d\d[a-z]?\)"),
    re.compile(r"[^\W\d_]{2,40}(?: et al\.?)? \((?:1[5-9]|20)\d\d[a-z]?\)"),
)
_LAST_SIGNS = ".,;:!?*_"


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationsCheck:
    """Counts different sources: addresses, numbered notes, an author with a year, a DOI."""

    name: ClassVar[str] = "citations"
    title: ClassVar[str] = "Sources"
    skip_sentence: ClassVar[str] = ""

    at_least: int | None = parameter("At least", default=1)
    at_most: int | None = parameter("At most", default=None)
    reading: Literal["strict", "loose"] = parameter(LOOSELY, default="strict")

    def __post_init__(self) -> None:
        """Refuse bounds that bound nothing."""
        require_bounds(self.at_least, self.at_most, of="sources")

    @property
    def failure_sentence(self) -> str:
        """Say how many were asked for."""
        return broken_bounds(self.at_least, self.at_most, of="sources")

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether as many are named; whether they exist is not looked up."""
        return follows(response, reading=self.reading, rule=self._names_as_many)

    def _names_as_many(self, response: str) -> bool:
        prose = prose_of(response)
        found = {source.rstrip(_LAST_SIGNS) for pattern in _SOURCES for source in pattern.findall(prose)}
        return is_within(len(found), at_least=self.at_least, at_most=self.at_most)
