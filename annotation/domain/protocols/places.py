"""Places that a person gave to k answers: 1 is best, equal places tie."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from annotation.domain.protocol import AnswerError, Payload, Preference, one

# The name of the field that holds the place of an answer.
FIELD = "place-"


def read_places(payload: Payload, *, shown: Sequence[str]) -> dict[str, int]:
    """Return the place of each shown answer, from 1 without gaps; raises AnswerError where one has none."""
    known = {FIELD + name for name in shown}
    given = [name for name in payload if name.startswith(FIELD)]
    strange = [name for name in given if name not in known]
    if strange:
        message = "This ranking places an answer that was not asked about. Reload the page and rank again."
        raise AnswerError(message)
    if any(len(payload[name]) > 1 for name in given):
        message = "This ranking places an answer twice. Reload the page and rank again."
        raise AnswerError(message)
    places = {name: _place(one(payload, FIELD + name), len(shown)) for name in shown}
    return without_gaps(places)


def form_of_places(answer: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the form that gives an answer's places, or says that there are none."""
    if answer.get("unrankable"):
        return {"unrankable": ["1"]}
    return {FIELD + name: [str(place)] for name, place in answer["places"].items()}


def without_gaps(places: Mapping[str, int]) -> dict[str, int]:
    """Return the same order and ties with places that leave out no number."""
    dense = {place: rank for rank, place in enumerate(sorted(set(places.values())), start=1)}
    return {name: dense[place] for name, place in places.items()}


def preferences_in(places: Mapping[str, int]) -> list[Preference]:
    """Return the k(k-1)/2 preferences of a ranking; equal places are ties."""
    return [
        Preference(first=one_answer, second=other, outcome=_outcome(places[one_answer], places[other]))
        for one_answer, other in combinations(places, 2)
    ]


def _outcome(place: int, other: int) -> str:
    if place == other:
        return "tie"
    return "a" if place < other else "b"


def _place(written: str, count: int) -> int:
    if not written:
        message = f"An answer has no place yet. Give each of the {count} answers a place from 1 to {count}."
        raise AnswerError(message)
    if not (written.isascii() and written.isdigit() and 1 <= int(written[:4]) <= count):
        message = f"{written[:20]!r} is no place here. Give each answer a whole number from 1 to {count}."
        raise AnswerError(message)
    return int(written)
