"""What moderation services said of each message of a log, as scores and tags of the source."""

import math
from collections.abc import Iterator, Mapping, Sequence

from curation.domain.records import JsonValue, SourceScore

# Nearly every category of nearly every message lies below this, and would fill the database with nothing.
LEAST_SCORE = 0.01

MODERATION = "moderation"
DETOXIFY = "detoxify"


def moderation_scores(moderations: JsonValue, *, message_count: int) -> tuple[SourceScore, ...]:
    """Return what OpenAI's moderation scored: each message's highest value, and each category of at least 0.01.

    One entry a message is one of that message; any other number of them is about the conversation as a whole.
    """
    entries = _entries(moderations)
    scores = [_numbers_in(entry.get("category_scores")) for entry in entries]
    return tuple(_scores(scores, prefix=MODERATION, message_count=message_count))


def detoxify_scores(moderations: JsonValue, *, message_count: int) -> tuple[SourceScore, ...]:
    """Return what Detoxify scored, by the same rules."""
    scores = [_numbers_in(entry) for entry in _entries(moderations)]
    return tuple(_scores(scores, prefix=DETOXIFY, message_count=message_count))


def flagged_tags(moderations: JsonValue) -> tuple[str, ...]:
    """Return "flagged: category" for each category that OpenAI's moderation flagged anywhere, in order."""
    flagged = (
        category
        for entry in _entries(moderations)
        for category, is_flagged in _one_spelling(_mapping(entry.get("categories"))).items()
        if is_flagged is True
    )
    return tuple(dict.fromkeys(f"flagged: {category}"[:60] for category in flagged))


def _scores(
    by_entry: Sequence[Mapping[str, float]], *, prefix: str, message_count: int
) -> Iterator[SourceScore]:
    if len(by_entry) == message_count:
        for at, scores in enumerate(by_entry):
            yield from _scores_of(scores, prefix=prefix, message_index=at)
        return
    highest: dict[str, float] = {}
    for scores in by_entry:
        for category, value in scores.items():
            highest[category] = max(value, highest.get(category, value))
    yield from _scores_of(highest, prefix=prefix, message_index=None)


def _scores_of(
    scores: Mapping[str, float], *, prefix: str, message_index: int | None
) -> Iterator[SourceScore]:
    if not scores:
        return
    yield SourceScore(name=prefix, value=max(scores.values()), message_index=message_index)
    for category, value in scores.items():
        if value >= LEAST_SCORE:
            yield SourceScore(name=f"{prefix}: {category}", value=value, message_index=message_index)


def _entries(moderations: JsonValue) -> list[Mapping[str, JsonValue]]:
    if isinstance(moderations, Mapping):
        return [moderations]
    if not isinstance(moderations, list):
        return []
    return [entry if isinstance(entry, Mapping) else {} for entry in moderations]


def _numbers_in(scores: JsonValue) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in _one_spelling(_mapping(scores)).items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }


def _one_spelling(scores: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the categories once each: some logs hold "self-harm/intent" as "self_harm_intent" beside it."""
    spelt: dict[str, str] = {}
    for name in sorted(scores, key=lambda name: "_" in name):
        if scores[name] is not None:
            spelt.setdefault("".join(filter(str.isalpha, name)), name)
    kept = set(spelt.values())
    return {name: value for name, value in scores.items() if name in kept}


def _mapping(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, Mapping) else {}
