"""Several answers to one question, rated and put in order on one screen, so that both can be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotation.domain.protocol import (
    AnswerError,
    Asked,
    Conclusions,
    Payload,
    PlainProtocol,
    Rating,
    Reads,
    is_set,
    one,
)
from annotation.domain.protocols.places import form_of_places, preferences_in, read_places
from annotation.protocols.ranking import is_moved
from annotation.protocols.rating import CHOICES

# The name of the field that holds the rating of an answer.
FIELD = "rating-"


@dataclass(frozen=True, slots=True)
class RateAndRank(PlainProtocol):
    """Ratings and places are asked apart: neither follows from the other, and they may disagree."""

    name: str = "rate_and_rank"
    title: str = _("Rate each answer, and put them in order")  # type: ignore[assignment]
    description: str = _(  # type: ignore[assignment]
        "All answers to one question on one screen: each is rated from 1 to 7, and all are put in order."
    )
    template: str = "annotation/_ranking.html"
    reads: Reads = Reads.ANSWERS

    def material(self, texts: Sequence[str], settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the steps of the scale."""
        return {"steps": CHOICES}

    def parse(self, payload: Payload, asked: Asked) -> dict[str, Any]:
        """Return {"ratings": {answer: 1…7}} with "places" and "moved", or with "unrankable"."""
        ratings = {name: _rating(one(payload, FIELD + name)) for name in asked.shown}
        if is_set(payload, "unrankable"):
            return {"ratings": ratings, "unrankable": True}
        places = read_places(payload, shown=asked.shown)
        return {"ratings": ratings, "places": places, "moved": is_moved(places, asked)}

    def form_of(self, answer: Mapping[str, Any], asked: Asked) -> dict[str, list[str]]:
        """Return the rating and the place of each answer."""
        ratings = {FIELD + name: [str(value)] for name, value in answer["ratings"].items()}
        return ratings | form_of_places(answer)

    def conclude(self, answer: Mapping[str, Any], asked: Asked) -> Conclusions:
        """Return the ratings, the places, and the preferences of the ranking alone."""
        places = answer.get("places", {})
        return Conclusions(
            ratings=[
                Rating(response=name, attribute="overall", value=float(value))
                for name, value in answer["ratings"].items()
            ],
            places=places,
            preferences=preferences_in(places),
        )


def _rating(written: str) -> int:
    if written not in {choice.value for choice in CHOICES}:
        found = f"{written[:20]!r} is not on the scale." if written else "An answer has no rating yet."
        message = f"{found} Rate each answer with a whole number from 1 to {len(CHOICES)}."
        raise AnswerError(message)
    return int(written)


RATE_AND_RANK = RateAndRank()
