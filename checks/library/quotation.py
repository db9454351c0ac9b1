"""In quotation marks."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.parameters import parameter
from checks.readings import LOOSELY, follows

_MARKS = {'"': '"', "“": "”", "„": "“", "«": "»", "»": "«", "「": "」"}


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotationCheck:
    """Looks for quotation marks around the whole answer."""

    name: ClassVar[str] = "quotation"
    title: ClassVar[str] = "In quotation marks"
    skip_sentence: ClassVar[str] = ""

    reading: Literal["strict", "loose"] = parameter(LOOSELY, default="strict")

    @property
    def failure_sentence(self) -> str:
        """Say what was asked for."""
        return "The answer does not stand in quotation marks."

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether one pair of marks holds the whole answer."""
        return follows(response, reading=self.reading, rule=_is_quoted)


def _is_quoted(response: str) -> bool:
    text = response.strip()
    return len(text) > 1 and _MARKS.get(text[0]) == text[-1]
