"""Phrases that an answer begins or ends with: what the checks of either end share."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.contract import ParameterError
from checks.parameters import parameter
from checks.readings import LOOSELY, follows


@dataclass(frozen=True, slots=True, kw_only=True)
class PhrasesAtAnEnd:
    """Looks whether one of the phrases stands at the end of the text that `_stands` looks at."""

    skip_sentence: ClassVar[str] = ""
    # What the answer does where a phrase stands there: "begin with", "end with".
    verb: ClassVar[str]

    phrases: tuple[str, ...] = parameter("Phrases, of which one is enough", default=())
    match_case: bool = parameter("Tell capitals from small letters", default=False)
    reading: Literal["strict", "loose"] = parameter(LOOSELY, default="strict")

    def __post_init__(self) -> None:
        """Refuse a check that looks for nothing."""
        if not self.phrases or not all(phrase.strip() for phrase in self.phrases):
            message = "Say one phrase at least, and leave out empty ones."
            raise ParameterError(message)

    @property
    def failure_sentence(self) -> str:
        """Say what was to stand there."""
        return f"The answer does not {self.verb} {' or '.join(f'“{phrase}”' for phrase in self.phrases)}."

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether one of the phrases stands there; space around the answer does not count."""
        return follows(response, reading=self.reading, rule=self._follows)

    def _follows(self, response: str) -> bool:
        phrases = tuple(self._cased(phrase.strip()) for phrase in self.phrases)
        return self._stands(self._cased(response.strip()), phrases)

    def _stands(self, text: str, phrases: tuple[str, ...]) -> bool:
        raise NotImplementedError

    def _cased(self, text: str) -> str:
        return text if self.match_case else text.casefold()
