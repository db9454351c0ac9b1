"""Ways of asking: what of a question is drawn for each task and person, so that its effect can be measured.

A queue's settings hold the levels of each dimension under `ways`, as in {"neutral": ["usual", "forced choice"]}. What
was drawn stands with the lease and the judgement, as in {"neutral": "usual"}, and a protocol finds it under `way`.
"""

from collections.abc import Iterable, Mapping
from math import gcd, lcm
from typing import Any

from annotation.domain.protocol import AnswerError
from annotation.domain.queues.ordering import drawn

# The level of a dimension that nobody changed.
USUAL = "usual"
WAYS, WAY = "ways", "way"
MOST_LEVELS = 6
LONGEST_LEVEL = 200

Way = Mapping[str, str]


def ways_in(settings: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the levels of each dimension, in an order that is always the same."""
    return {name: list(levels) for name, levels in sorted(settings.get(WAYS, {}).items())}


def ways_of(levels: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """Return the part of a queue's settings that offers these levels beside the usual ones; none where none is."""
    offered = {name: [USUAL, *others] for name, others in levels.items() if others}
    return {WAYS: offered} if offered else {}


def asked_so(settings: Mapping[str, Any], way: Way) -> Mapping[str, Any]:
    """Return the settings under which somebody was asked: the queue's, and what was drawn."""
    return {**settings, WAY: dict(way)} if way else settings


def way_in(settings: Mapping[str, Any]) -> Way:
    """Return what was drawn; nothing where a queue asks in one way."""
    way: Way = settings.get(WAY, {})
    return way


def level_of(settings: Mapping[str, Any], dimension: str) -> str:
    """Return the level that was drawn of a dimension."""
    return way_in(settings).get(dimension, USUAL)


def drawn_way(settings: Mapping[str, Any], *, task: str, turn: int) -> dict[str, str]:
    """Return the way in which the `turn`-th person, from 0, is asked a task.

    Which level comes first is drawn by chance for each task and dimension. Every n people in turn meet each of a
    dimension's n levels once, and as many people as there are combinations meet each combination once.
    """
    way: dict[str, str] = {}
    before = 1
    for name, levels in ways_in(settings).items():
        by_chance = sorted(levels, key=lambda level: drawn(task, name, level))
        # Without a shift after each round, two dimensions of two levels would only ever meet in two combinations.
        shift = turn // lcm(before, len(levels)) % gcd(before, len(levels))
        way[name] = by_chance[(turn + shift) % len(levels)]
        before *= len(levels)
    return way


def require_ways(settings: Mapping[str, Any]) -> None:
    """Raise ValueError for settings of a file that offer ways which no form would have taken."""
    offered: Mapping[str, list[Any]] = ways_in(settings)
    for name, levels in offered.items():
        is_told = all(isinstance(level, str) and len(level) <= LONGEST_LEVEL for level in levels)
        if not is_told or USUAL not in levels or not 1 < len(set(levels)) == len(levels) <= MOST_LEVELS:
            raise ValueError(f"These settings do not say in which ways {name[:40]!r} is asked.")


def require_way(settings: Mapping[str, Any], way: Way) -> None:
    """Raise ValueError for a way in which a queue of these settings does not ask."""
    offered = ways_in(settings)
    if any(level not in offered.get(name, ()) for name, level in way.items()):
        raise ValueError(f"A queue with these settings does not ask so: {sorted(way)}.")


def lines_of_levels(text: str, *, field: str) -> list[str]:
    """Return the levels that a researcher wrote, one a line; raises AnswerError for the field of the form."""
    levels = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    if len({USUAL, *(level.casefold() for level in levels)}) < len(levels) + 1:
        raise AnswerError("Two of these lines say the same. Write each way of asking once.", field=field)
    if len(levels) >= MOST_LEVELS:
        message = f"These are {len(levels)} lines. Write at most {MOST_LEVELS - 1} beside the usual way."
        raise AnswerError(message, field=field)
    if any(len(level) > LONGEST_LEVEL for level in levels):
        raise AnswerError(f"A line has at most {LONGEST_LEVEL} characters here. Shorten it.", field=field)
    return levels
