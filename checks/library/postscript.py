"""With a postscript."""

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.parameters import parameter
from checks.readings import LOOSELY, follows


@dataclass(frozen=True, slots=True, kw_only=True)
class PostscriptCheck:
    """Looks for a postscript after the rest."""

    name: ClassVar[str] = "postscript"
    title: ClassVar[str] = "Postscript"
    skip_sentence: ClassVar[str] = ""

    mark: Literal["P.S.", "P.P.S"] = parameter("Begins with", default="P.S.")
    reading: Literal["strict", "loose"] = parameter(LOOSELY, default="strict")

    @property
    def failure_sentence(self) -> str:
        """Say what was asked for."""
        return f"The answer has no postscript that begins with {self.mark}"

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether a line after the first begins with the mark and says something."""
        return follows(response, reading=self.reading, rule=self._has_one)

    def _has_one(self, response: str) -> bool:
        letters = r"\.?\s?".join(re.escape(letter) for letter in self.mark.replace(".", ""))
        return (
            re.search(rf"\S\s*\n\s*[*_]{{0,2}}{letters}\b[^\w\n]{{0,5}}\w", response, re.IGNORECASE)
            is not None
        )
