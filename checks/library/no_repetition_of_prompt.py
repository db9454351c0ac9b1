"""The question is not repeated."""

from dataclasses import dataclass
from typing import ClassVar

from checks.contract import ParameterError
from checks.parameters import parameter
from checks.text import prose_of, words_of

# A shorter prompt cannot be answered without some of its words in their order.
FEWEST_WORDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRepetitionOfPromptCheck:
    """Looks for a long run of the prompt's words, code aside; of a shorter prompt, for all of it."""

    name: ClassVar[str] = "no_repetition_of_prompt"
    title: ClassVar[str] = "Does not repeat the prompt"
    skip_sentence: ClassVar[str] = (
        f"The prompt has fewer than {FEWEST_WORDS} words, so a repetition says nothing."
    )

    words_in_a_row: int = parameter("Words in a row that count as a repetition", default=12)

    def __post_init__(self) -> None:
        """Refuse a run so short that every answer has it."""
        if self.words_in_a_row < FEWEST_WORDS:
            message = f"words_in_a_row must be {FEWEST_WORDS} or more, found {self.words_in_a_row}."
            raise ParameterError(message)

    @property
    def failure_sentence(self) -> str:
        """Say how much was repeated."""
        return f"The answer repeats {self.words_in_a_row} or more words of the prompt in a row, or all of it."

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether no such run occurs, or None where the prompt is too short."""
        asked, answered = words_of(prose_of(prompt)), words_of(prose_of(response))
        if len(asked) < FEWEST_WORDS:
            return None
        length = min(self.words_in_a_row, len(asked))
        return _runs(asked, length=length).isdisjoint(_runs(answered, length=length))


def _runs(words: list[str], *, length: int) -> set[tuple[str, ...]]:
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}
