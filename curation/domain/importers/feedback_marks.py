"""What users did with an answer, as chat interfaces write it down: thumbs, stars, copied, written anew, edited."""

from collections.abc import Iterator, Mapping

from curation.domain.corpus.records import JsonValue, SourceScore
from curation.domain.importers.record_fields import JsonObject, finite

THUMB = "thumb"
STARS = "stars"
COPIED = "copied"
REGENERATED = "regenerated"
EDITED = "edited"

_THUMBS = {
    **dict.fromkeys(
        ("up", "thumbs_up", "thumbsup", "thumbs up", "like", "liked", "good", "positive", "+1", "1"), 1.0
    ),
    **dict.fromkeys(("down", "thumbs_down", "thumbsdown", "thumbs down", "dislike", "disliked", "bad"), -1.0),
    **dict.fromkeys(("negative", "-1"), -1.0),
}
_THUMB_KEYS = ("thumb", "thumbs", "feedback", "vote")
_STAR_KEYS = ("stars", "rating")
_DEEDS = {
    **dict.fromkeys(("copied", "copy", "copy_count"), COPIED),
    **dict.fromkeys(("regenerated", "regenerate", "regenerations"), REGENERATED),
    **dict.fromkeys(("edited", "edit_count"), EDITED),
}
_KEYS = {*_THUMB_KEYS, *_STAR_KEYS, *_DEEDS}


def scores_in(fields: JsonObject, *, message_index: int | None) -> tuple[SourceScore, ...]:
    """Return the feedback among the fields of a message or a record, or inside its "feedback"; often there is none.

    A thumb is 1 or -1, stars are the number given, a deed counts how often it was done. What is none is left out.
    """
    if _KEYS.isdisjoint(fields):
        return ()
    inner = fields.get("feedback")
    found = {**dict(_marks(fields)), **(dict(_marks(inner)) if isinstance(inner, Mapping) else {})}
    return tuple(
        SourceScore(name=name, value=value, message_index=message_index) for name, value in found.items()
    )


def thumb_of(value: JsonValue) -> float | None:
    """Read a thumb: 1 for up, -1 for down, None for what is no thumb."""
    if isinstance(value, bool):
        return 1.0 if value else -1.0
    if isinstance(value, str):
        return _THUMBS.get(value.strip().casefold())
    return float(value) if isinstance(value, int | float) and value in (1, -1) else None


def number_of(value: JsonValue) -> float | None:
    """Return a finite number, true and false as 1 and 0, None for anything else."""
    return finite(value) if isinstance(value, bool | int | float) else None


def _marks(fields: JsonObject) -> Iterator[tuple[str, float]]:
    for key in _THUMB_KEYS:
        if (thumb := thumb_of(fields.get(key))) is not None:
            yield THUMB, thumb
    for key in _STAR_KEYS:
        if (stars := number_of(fields.get(key))) is not None:
            yield STARS, stars
    for key, name in _DEEDS.items():
        if (count := number_of(fields.get(key))) is not None:
            yield name, count
