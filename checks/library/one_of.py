"""One of several answers."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.contract import ParameterError
from checks.parameters import parameter
from checks.readings import LOOSELY, follows
from checks.text import words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOfCheck:
    """Looks whether the answer is one of those given, or holds exactly one of them."""

    name: ClassVar[str] = "one_of"
    title: ClassVar[str] = "One of several answers"
    skip_sentence: ClassVar[str] = ""

    options: tuple[str, ...] = parameter("Answers to choose from", default=())
    nothing_else: bool = parameter("Nothing else may be said", default=True)
    reading: Literal["strict", "loose"] = parameter(LOOSELY, default="strict")

    def __post_init__(self) -> None:
        """Refuse a choice that is none."""
        if len({tuple(words_of(option)) for option in self.options} - {()}) < 2:
            message = "Say two different answers at least, each with a word in it."
            raise ParameterError(message)

    @property
    def failure_sentence(self) -> str:
        """Say what there was to choose from."""
        return f"The answer is not one of {', '.join(f'“{option}”' for option in self.options)}."

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether exactly one was chosen; case and signs do not count."""
        return follows(response, reading=self.reading, rule=self._is_one)

    def _is_one(self, response: str) -> bool:
        said = words_of(response)
        options = {tuple(words_of(option)) for option in self.options} - {()}
        if self.nothing_else:
            return tuple(said) in options
        found = [option for option in options if _holds(said, option)]
        longest = [
            one for one in found if not any(one != other and _holds(list(other), one) for other in found)
        ]
        return len(longest) == 1


def _holds(words: list[str], phrase: tuple[str, ...]) -> bool:
    return any(tuple(words[at : at + len(phrase)]) == phrase for at in range(len(words) - len(phrase) + 1))
