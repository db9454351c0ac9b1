"""Signs that must not stand."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.contract import ParameterError
from checks.parameters import parameter
from checks.readings import LOOSELY, follows
from checks.text import prose_of

# What other scripts write for the same sign.
_ALIKE = {",": ",，、،", "!": "!！", "?": "?？؟", ";": ";；؛", ":": ":：", ".": ".。", "-": "-–—"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PunctuationCheck:
    """Looks for signs outside code."""

    name: ClassVar[str] = "punctuation"
    title: ClassVar[str] = "Signs that must not occur"
    skip_sentence: ClassVar[str] = ""

    signs: str = parameter("Signs, without spaces between them", default=",")
    reading: Literal["strict", "loose"] = parameter(LOOSELY, default="strict")

    def __post_init__(self) -> None:
        """Refuse a check that looks for nothing, or for letters."""
        if not self.signs or any(sign.isalnum() or sign.isspace() for sign in self.signs):
            message = f"signs must be signs of punctuation, found {self.signs!r}."
            raise ParameterError(message)

    @property
    def failure_sentence(self) -> str:
        """Say what was not to stand."""
        return f"The answer holds one of the signs {' '.join(self.signs)} outside code."

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether none of them stands in the prose."""
        return follows(response, reading=self.reading, rule=self._is_free)

    def _is_free(self, response: str) -> bool:
        refused = {alike for sign in self.signs for alike in _ALIKE.get(sign, sign)}
        return refused.isdisjoint(prose_of(response))
