"""The question first, word for word."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from checks.parameters import parameter
from checks.readings import LOOSELY, follows
from checks.text import words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatsPromptCheck:
    """Looks whether the answer begins with the prompt and then goes on."""

    name: ClassVar[str] = "repeats_prompt"
    title: ClassVar[str] = "Repeats the prompt first"
    skip_sentence: ClassVar[str] = "The prompt has no words that could be repeated."

    reading: Literal["strict", "loose"] = parameter(LOOSELY, default="strict")

    @property
    def failure_sentence(self) -> str:
        """Say what was asked for."""
        return "The answer does not begin with the prompt, word for word, and then go on."

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether it does, or None where the prompt has no words; case, space and signs do not count."""
        asked = words_of(prompt)
        if not asked:
            return None

        def begins(answer: str) -> bool:
            words = words_of(answer)
            return len(words) > len(asked) and words[: len(asked)] == asked

        return follows(response, reading=self.reading, rule=begins)
