"""Two answers side by side: A, B, equally good, or both bad, each by one key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotation.domain.protocol import AnswerError, Choice

CHOICES = (
    Choice(key="1", value="a", label=_("A is better")),  # type: ignore[arg-type]
    Choice(key="2", value="b", label=_("B is better")),  # type: ignore[arg-type]
    Choice(key="3", value="tie", label=_("Equally good")),  # type: ignore[arg-type]
    Choice(key="4", value="both_bad", label=_("Both bad")),  # type: ignore[arg-type]
)


@dataclass(frozen=True, slots=True)
class Pairwise:
    """A is the answer shown first (left, or above), B the other."""

    name: str = "pairwise"
    title: str = "Which answer is better?"
    template: str = "annotation/_pairwise.html"
    choices: Sequence[Choice] = CHOICES

    def parse(self, payload: Mapping[str, str]) -> dict[str, Any]:
        """Return {"choice": a | b | tie | both_bad}."""
        choice = payload.get("choice", "")
        known = [entry.value for entry in self.choices]
        if choice not in known:
            message = f"{choice!r} is no answer here. Choose one of {', '.join(known)}."
            raise AnswerError(message)
        return {"choice": choice}

    def outcome(self, answer: Mapping[str, Any], *, order_shown: Sequence[str], first: str) -> str:
        """Translate "the one shown first" into the response called A, whichever side it stood on."""
        choice = str(answer["choice"])
        if choice in ("a", "b") and order_shown[0] != first:
            return "b" if choice == "a" else "a"
        return choice


PAIRWISE = Pairwise()
