"""Two answers that differ."""

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.contract import ParameterError
from checks.parameters import parameter
from checks.readings import LOOSELY, follows
from checks.text import words_of

_BETWEEN = re.compile(r"^[ \t]*\*(?:[ \t]?\*){5,}[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoAnswersCheck:
    """Looks for answers that a line of asterisks keeps apart."""

    name: ClassVar[str] = "two_answers"
    title: ClassVar[str] = "Several answers"
    skip_sentence: ClassVar[str] = ""

    answers: int = parameter("How many", default=2)
    reading: Literal["strict", "loose"] = parameter(LOOSELY, default="strict")

    def __post_init__(self) -> None:
        """Refuse fewer than two."""
        if self.answers < 2:
            message = f"answers must be 2 or more, found {self.answers}."
            raise ParameterError(message)

    @property
    def failure_sentence(self) -> str:
        """Say what was asked for."""
        return f"The answer does not give {self.answers} different answers with ****** between them."

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether there are so many, none like another."""
        return follows(response, reading=self.reading, rule=self._are_there)

    def _are_there(self, response: str) -> bool:
        found = [words_of(part) for part in _BETWEEN.split(response)]
        said = [tuple(words) for words in found if words]
        return len(said) == self.answers == len(set(said))
