"""What moderation services said of each message of a log, as scores and tags of the source."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from curation.domain.corpus.records import JsonValue, SourceScore
from curation.domain.importers.record_fields import finite

# Of the categories, nearly all of nearly all conversations lie below this, and would fill the database with nothing.
LEAST_SCORE = 0.1

MODERATION = "moderation"
DETOXIFY = "detoxify"


def moderation_scores(moderations: JsonValue, *, message_count: int) -> tuple[SourceScore, ...]:
    """Return what OpenAI's moderation scored: of the conversation, and of each message that it flagged.

    The conversation has the highest value of any message, and each category's from 0.1 on; a flagged message has its
    own highest, where there is one entry a message.
    """
    entries = _entries(moderations)
    scores = [_numbers_in(entry.get("category_scores")) for entry in entries]
    flagged = [
        SourceScore(name=MODERATION, value=max(of_message.values()), message_index=at)
        for at, (entry, of_message) in enumerate(zip(entries, scores, strict=True))
        if entry.get("flagged") is True and of_message and len(entries) == message_count
    ]
    return (*_highest(scores, prefix=MODERATION), *flagged)


def detoxify_scores(moderations: JsonValue) -> tuple[SourceScore, ...]:
    """Return what Detoxify scored of the conversation, by the same rules."""
    return tuple(_highest([_numbers_in(entry) for entry in _entries(moderations)], prefix=DETOXIFY))


def flagged_tags(moderations: JsonValue) -> tuple[str, ...]:
    """Return "flagged: category" for each category that OpenAI's moderation flagged anywhere, in order."""
    flagged = (
        category
        for entry in _entries(moderations)
        if True in (categories := _mapping(entry.get("categories"))).values()
        for category, is_flagged in _one_spelling(categories).items()
        if is_flagged is True
    )
    return tuple(dict.fromkeys(f"flagged: {category}"[:60] for category in flagged))


def _highest(by_message: Sequence[Mapping[str, float]], *, prefix: str) -> Iterator[SourceScore]:
    highest: dict[str, float] = {}
    for scores in by_message:
        for category, value in scores.items():
            if value > highest.get(category, -math.inf):
                highest[category] = value
    if highest:
        yield SourceScore(name=prefix, value=max(highest.values()))
    for category, value in highest.items():
        if value >= LEAST_SCORE:
            yield SourceScore(name=f"{prefix}: {category}", value=value)


def _entries(moderations: JsonValue) -> list[Mapping[str, JsonValue]]:
    if isinstance(moderations, Mapping):
        return [moderations]
    if not isinstance(moderations, list):
        return []
    return [entry if isinstance(entry, Mapping) else {} for entry in moderations]


def _numbers_in(scores: JsonValue) -> dict[str, float]:
    return {
        name: number
        for name, value in _one_spelling(_mapping(scores)).items()
        if type(value) in (int, float) and (number := finite(value)) is not None
    }


def _one_spelling(scores: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the categories once each: some logs hold "self-harm/intent" as "self_harm_intent" beside it."""
    kept = _spelt_once(tuple(name for name, value in scores.items() if value is not None))
    return {name: scores[name] for name in kept}


@lru_cache(maxsize=256)
def _spelt_once(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names, in their order, of which no other spelling stands among them; cached, as a log has few."""
    spelt: dict[str, str] = {}
    for name in sorted(names, key=lambda name: "_" in name):
        spelt.setdefault("".join(filter(str.isalpha, name)), name)
    kept = set(spelt.values())
    return tuple(name for name in names if name in kept)


def _mapping(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, Mapping) else {}
