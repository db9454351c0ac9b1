"""One answer on a scale of seven, each step in words, each by one key."""

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
    PlainProtocol,
    Rating,
    Reads,
    one,
)

# The scale of "Peering Through Preferences" (arXiv 2308.15812): its ends are anchored there, its steps here.
ANCHORS = (
    _("useless, or does harm"),
    _("mostly wrong or beside the point"),
    _("more wrong than right"),
    _("half of what was asked"),
    _("right, with gaps"),
    _("good, hardly anything to add"),
    _("nothing left to improve"),
)
CHOICES = tuple(
    Choice(key=str(step), value=str(step), label=anchor)  # type: ignore[arg-type]
    for step, anchor in enumerate(ANCHORS, start=1)
)


@dataclass(frozen=True, slots=True)
class OverallRating(PlainProtocol):
    """The answer as a whole, from 1 (worst) to 7 (best)."""

    name: str = "rating"
    title: str = _("How good is this answer?")  # type: ignore[assignment]
    description: str = _("One answer on a scale from 1 to 7, each step in words.")  # type: ignore[assignment]
    template: str = "annotation/_rating.html"
    reads: Reads = Reads.ANSWER

    def choices(self, settings: Mapping[str, Any]) -> Sequence[Choice]:
        """Return the seven steps."""
        return CHOICES

    def parse(self, payload: Payload, asked: Asked) -> dict[str, Any]:
        """Return {"rating": 1…7}."""
        rating = one(payload, "choice")
        if rating not in {choice.value for choice in CHOICES}:
            message = f"{rating!r} is not on the scale. Choose a whole number from 1 to {len(CHOICES)}."
            raise AnswerError(message)
        return {"rating": int(rating)}

    def form_of(self, answer: Mapping[str, Any], asked: Asked) -> dict[str, list[str]]:
        """Return the step as the choice that it was."""
        return {"choice": [str(answer["rating"])]}

    def conclude(self, answer: Mapping[str, Any], asked: Asked) -> Conclusions:
        """Return the rating, under the attribute `overall`."""
        value = float(answer["rating"])
        return Conclusions(ratings=[Rating(response=asked.shown[0], attribute="overall", value=value)])


RATING = OverallRating()
