"""Which word a paragraph begins with."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.contract import ParameterError
from checks.parameters import parameter
from checks.readings import LOOSELY, follows
from checks.text import paragraphs_of, words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstWordCheck:
    """Looks at the first word of one paragraph, and how many paragraphs there are."""

    name: ClassVar[str] = "first_word"
    title: ClassVar[str] = "First word of a paragraph"
    skip_sentence: ClassVar[str] = ""

    word: str = parameter("Word", default="")
    paragraph: int = parameter("Of which paragraph, counted from 1", default=1)
    paragraphs: int | None = parameter("How many paragraphs there are to be", default=None)
    reading: Literal["strict", "loose"] = parameter(LOOSELY, default="strict")

    def __post_init__(self) -> None:
        """Refuse a word that is none, and a paragraph that cannot be."""
        if len(words_of(self.word)) != 1:
            message = f"word must be one word, found {self.word!r}."
            raise ParameterError(message)
        if self.paragraph < 1 or (self.paragraphs is not None and self.paragraphs < self.paragraph):
            message = f"There is no paragraph {self.paragraph} of {self.paragraphs or 'any number'}."
            raise ParameterError(message)

    @property
    def failure_sentence(self) -> str:
        """Say what was to begin how."""
        count = f" of {self.paragraphs}" if self.paragraphs is not None else ""
        return f"Paragraph {self.paragraph}{count} of the answer does not begin with “{self.word}”."

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether the paragraph is there and begins so."""
        return follows(response, reading=self.reading, rule=self._begins)

    def _begins(self, response: str) -> bool:
        found = paragraphs_of(response)
        if len(found) < self.paragraph or self.paragraphs not in (None, len(found)):
            return False
        return words_of(found[self.paragraph - 1])[:1] == words_of(self.word)
