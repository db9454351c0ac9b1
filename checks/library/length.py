"""Neither too short nor too long."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.contract import ParameterError
from checks.parameters import parameter
from checks.text import words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthCheck:
    """Counts words or characters; in scripts without spaces, a character counts as a word."""

    name: ClassVar[str] = "length"
    title: ClassVar[str] = "Length"
    skip_sentence: ClassVar[str] = ""

    at_least: int | None = parameter("At least", default=None)
    at_most: int | None = parameter("At most", default=None)
    unit: Literal["words", "characters"] = parameter("Counted in", default="words")

    def __post_init__(self) -> None:
        """Refuse bounds that bound nothing, or that nothing can keep."""
        bounds = [bound for bound in (self.at_least, self.at_most) if bound is not None]
        if not bounds:
            message = "A length needs a bound: say at_least, at_most, or both."
            raise ParameterError(message)
        if min(bounds) < 0 or bounds != sorted(bounds):
            message = f"No text has at least {self.at_least} and at most {self.at_most} {self.unit}."
            raise ParameterError(message)

    @property
    def failure_sentence(self) -> str:
        """Say which length was asked for."""
        if self.at_least is None:
            return f"The answer has more than {self.at_most} {self.unit}."
        if self.at_most is None:
            return f"The answer has fewer than {self.at_least} {self.unit}."
        return f"The answer does not have {self.at_least} to {self.at_most} {self.unit}."

    def run(self, prompt: str, response: str) -> bool:
        """Return whether the length is within the bounds, both included."""
        length = len(words_of(response)) if self.unit == "words" else len(response.strip())
        return (self.at_least or 0) <= length and (self.at_most is None or length <= self.at_most)
