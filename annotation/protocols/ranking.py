"""Several answers to one question, put in order; answers may tie."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotation.domain.protocol import Asked, Conclusions, Payload, PlainProtocol, Reads, is_set
from annotation.domain.protocols.places import form_of_places, preferences_in, read_places


@dataclass(frozen=True, slots=True)
class Ranking(PlainProtocol):
    """Each answer gets a place: 1 is best, and equal places tie."""

    name: str = "ranking"
    title: str = _("Put the answers in order, the best first")  # type: ignore[assignment]
    description: str = _(  # type: ignore[assignment]
        "All answers to one question, put in order by hand; they may tie, and a set may be impossible to rank."
    )
    template: str = "annotation/_ranking.html"
    reads: Reads = Reads.ANSWERS

    def parse(self, payload: Payload, asked: Asked) -> dict[str, Any]:
        """Return {"places": {answer: place}, "moved": …}, or {"unrankable": true}.

        `moved` is false where the order stayed as chance had it and the person said that it is meant so.
        """
        if is_set(payload, "unrankable"):
            return {"unrankable": True}
        places = read_places(payload, shown=asked.shown)
        return {"places": places, "moved": is_moved(places, asked)}

    def form_of(self, answer: Mapping[str, Any], asked: Asked) -> dict[str, list[str]]:
        """Return the place of each answer, or that they cannot be ranked."""
        return form_of_places(answer)

    def conclude(self, answer: Mapping[str, Any], asked: Asked) -> Conclusions:
        """Return the places and each preference in them; nothing where the answers cannot be ranked."""
        if answer.get("unrankable"):
            return Conclusions()
        places = answer["places"]
        return Conclusions(places=places, preferences=preferences_in(places))


def is_moved(places: Mapping[str, int], asked: Asked) -> bool:
    """Return whether the order differs from the one in which the answers were shown."""
    return [places[name] for name in asked.shown] != list(range(1, len(asked.shown) + 1))


RANKING = Ranking()
