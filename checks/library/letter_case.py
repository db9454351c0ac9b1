"""In small letters, or in capitals."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.parameters import parameter
from checks.readings import LOOSELY, follows
from checks.text import prose_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterCaseCheck:
    """Looks at the letters of the prose; signs and scripts without case do not count."""

    name: ClassVar[str] = "letter_case"
    title: ClassVar[str] = "Small letters or capitals"
    skip_sentence: ClassVar[str] = "The answer has no letters that are small or capital."

    case: Literal["lower", "upper"] = parameter("Letters", default="lower")
    reading: Literal["strict", "loose"] = parameter(LOOSELY, default="strict")

    @property
    def failure_sentence(self) -> str:
        """Say which letters were asked for."""
        return f"The answer is not in {'small letters' if self.case == 'lower' else 'capitals'} throughout."

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether all letters are so, or None where the script knows no case."""
        return follows(response, reading=self.reading, rule=self._is_so)

    def _is_so(self, response: str) -> bool | None:
        prose = prose_of(response)
        if prose.upper() == prose.lower():
            return None
        return prose == (prose.lower() if self.case == "lower" else prose.upper())
