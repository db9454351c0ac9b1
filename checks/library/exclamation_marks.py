"""Not too excited."""

from dataclasses import dataclass
from typing import ClassVar

from checks.contract import ParameterError
from checks.parameters import parameter
from checks.text import prose_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclamationMarksCheck:
    """Counts exclamation marks outside code."""

    name: ClassVar[str] = "exclamation_marks"
    title: ClassVar[str] = "Exclamation marks"
    skip_sentence: ClassVar[str] = ""

    at_most: int = parameter("At most", default=0)

    def __post_init__(self) -> None:
        """Refuse fewer than none."""
        if self.at_most < 0:
            message = f"at_most must be 0 or more, found {self.at_most}."
            raise ParameterError(message)

    @property
    def failure_sentence(self) -> str:
        """Say how many were allowed."""
        return f"The answer has more than {self.at_most} exclamation marks."

    def run(self, prompt: str, response: str) -> bool:
        """Return whether there are no more than allowed."""
        prose = prose_of(response)
        return prose.count("!") + prose.count("\uff01") <= self.at_most
