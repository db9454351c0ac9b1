"""Two answers side by side: A, B, equally good, or both bad, each by one key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotation.domain.protocol import (
    AnswerError,
    Asked,
    Choice,
    Conclusions,
    Payload,
    Preference,
    Reads,
    one,
)

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
    title: str = _("Which answer is better?")  # type: ignore[assignment]
    template: str = "annotation/_pairwise.html"
    reads: Reads = Reads.PAIR

    def choices(self, settings: Mapping[str, Any]) -> Sequence[Choice]:
        """Return the four verdicts."""
        return CHOICES

    def settings(self, payload: Payload) -> dict[str, Any]:
        """There is nothing to set."""
        return {}

    def parse(self, payload: Payload, asked: Asked) -> dict[str, Any]:
        """Return {"choice": a | b | tie | both_bad}, A being the side shown first."""
        choice = one(payload, "choice")
        known = [entry.value for entry in CHOICES]
        if choice not in known:
            message = f"{choice!r} is no answer here. Choose one of {', '.join(known)}."
            raise AnswerError(message)
        return {"choice": choice}

    def conclude(self, answer: Mapping[str, Any], asked: Asked) -> Conclusions:
        """Return the preference between the two that were shown."""
        first, second = asked.shown
        return Conclusions(
            preferences=[Preference(first=first, second=second, outcome=str(answer["choice"]))]
        )


PAIRWISE = Pairwise()
