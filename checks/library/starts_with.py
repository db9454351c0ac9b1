"""How it begins."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.contract import ParameterError
from checks.parameters import parameter
from checks.readings import LOOSELY, follows


@dataclass(frozen=True, slots=True, kw_only=True)
class StartsWithCheck:
    """Looks at how the answer begins."""

    name: ClassVar[str] = "starts_with"
    title: ClassVar[str] = "Begins with"
    skip_sentence: ClassVar[str] = ""

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
        return f"The answer does not begin with {' or '.join(f'“{phrase}”' for phrase in self.phrases)}."

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether one of the phrases stands there; space around the answer does not count."""
        return follows(response, reading=self.reading, rule=self._stands)

    def _stands(self, response: str) -> bool:
        text = self._cased(response.strip())
        return text.startswith(tuple(self._cased(phrase.strip()) for phrase in self.phrases))

    def _cased(self, text: str) -> str:
        return text if self.match_case else text.casefold()
