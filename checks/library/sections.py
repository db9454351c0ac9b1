"""In sections."""

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.bounds import broken_bounds, is_within, require_bounds
from checks.contract import ParameterError
from checks.parameters import parameter
from checks.readings import LOOSELY, follows


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionsCheck:
    """Counts sections that begin with a word and a number, such as “Section 1”."""

    name: ClassVar[str] = "sections"
    title: ClassVar[str] = "Numbered sections"
    skip_sentence: ClassVar[str] = ""

    word: str = parameter("Word that each section begins with", default="Section")
    at_least: int | None = parameter("At least", default=2)
    at_most: int | None = parameter("At most", default=None)
    reading: Literal["strict", "loose"] = parameter(LOOSELY, default="strict")

    def __post_init__(self) -> None:
        """Refuse a word that is none, and bounds that bound nothing."""
        if not self.word.strip():
            message = "Say which word the sections begin with."
            raise ParameterError(message)
        require_bounds(self.at_least, self.at_most, of="sections")

    @property
    def failure_sentence(self) -> str:
        """Say how many there were to be."""
        return broken_bounds(
            self.at_least, self.at_most, of=f"sections that begin with “{self.word.strip()}”"
        )

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether there are as many as asked."""
        return follows(response, reading=self.reading, rule=self._has_as_many)

    def _has_as_many(self, response: str) -> bool:
        before, number = r"[ \t]{0,12}[#*_]{0,6}[ \t]{0,4}", r"(?:\d{1,3}|[IVXLC]{1,7}|[A-Z])"
        pattern = rf"^{before}{re.escape(self.word.strip())}[ \t]+{number}\b"
        count = len(re.findall(pattern, response, re.IGNORECASE | re.MULTILINE))
        return is_within(count, at_least=self.at_least, at_most=self.at_most)
