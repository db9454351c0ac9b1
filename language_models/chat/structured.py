"""Asking for JSON and reading it: what people wrote goes out as strings of one JSON object, apart from instructions.

So no wording of theirs can end the block that it is in, and nothing they wrote stands where orders stand.
"""

import json
from collections.abc import Mapping
from typing import Any

# A text longer than this is sent by its beginning and its end.
_HEAD, _TAIL = 3_000, 1_000
_GAP = " […] "


class UnreadableAnswerError(ValueError):
    """An answer that is not the JSON that was asked for."""


def json_object_in(answer: str) -> dict[str, Any]:
    """Return the JSON object of an answer, with or without a fence or words around it; raises UnreadableAnswerError."""
    start, end = answer.find("{"), answer.rfind("}")
    try:
        found = json.loads(answer[start : end + 1]) if 0 <= start < end else None
    except (ValueError, RecursionError) as error:
        raise UnreadableAnswerError("The answer is no JSON.") from error
    if not isinstance(found, dict):
        raise UnreadableAnswerError("The answer is no JSON object.")
    return found


def list_in(answer: str, name: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list in the JSON object of an answer; raises UnreadableAnswerError without the list."""
    entries = json_object_in(answer).get(name)
    if not isinstance(entries, list):
        raise UnreadableAnswerError(f"The answer has no list of {name}.")
    return [entry for entry in entries if isinstance(entry, dict)]


def number_in(entry: Mapping[str, Any]) -> int:
    """Return the number `n` of an entry, -1 where it is none; models answer with lists and objects too."""
    number = entry.get("n")
    return number if isinstance(number, int) and not isinstance(number, bool) else -1


def object_schema(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON schema of an object with exactly these properties."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def list_schema(name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON schema of an object that holds one list of objects with exactly these properties."""
    return object_schema({name: {"type": "array", "items": object_schema(entry)}})


def shortened(text: str, *, head: int = _HEAD, tail: int = _TAIL) -> str:
    """Return the text without the middle of a long one, and without what no JSON carries."""
    kept = text if len(text) <= head + tail else text[:head] + _GAP + text[-tail:]
    return kept.encode("utf-8", "replace").decode().replace("\x00", " ")
