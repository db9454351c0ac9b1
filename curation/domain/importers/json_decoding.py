"""One JSON text to one record: strict where a value would be ambiguous, lenient where it can be cleaned."""

import json
import math
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from curation.domain.corpus.records import JsonValue, Position, Refusal, RefusalReason
from curation.domain.importers.cleaning import clean_text, clean_value, may_need_cleaning
from curation.domain.importers.reading import EXCERPT_CHARACTERS

# Chat records nest five or six deep; a tool's arguments may go deeper, nobody's go this deep.
MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class JsonRecord:
    """One decoded record, its strings cleaned; `excerpt` is the beginning of its text."""

    value: JsonValue
    position: Position
    excerpt: str
    cleaned: int = 0


class Fault(NamedTuple):
    """Why a text is refused; `at` is where the decoder gave up, None where it read to the end."""

    reason: RefusalReason
    sentence: str
    at: int | None = None


class Decoded(NamedTuple):
    """What a decoder found from `start` of a text to `end`; `fault` tells what is wrong with it."""

    value: JsonValue
    end: int
    fault: Fault | None


class RecordDecoder:
    """A JSON decoder that notes duplicate keys and numbers that are none, and reads on.

    Control characters inside strings are let in unless it is strict, since a NUL there is cleaned rather than
    refused.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self._faults: list[Fault] = []
        self._decoder = json.JSONDecoder(
            strict=strict,
            object_pairs_hook=self._object,
            parse_constant=self._constant,
            parse_float=self._float,
        )

    def decode(self, text: str, *, start: int) -> Decoded:
        """Decode the value that begins at `start`, after white space at most."""
        self._faults.clear()
        try:
            value, end = self._decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            return Decoded(None, start, _broken(error, start=start))
        except RecursionError:
            return Decoded(None, start, _too_deep(at=start))
        except ValueError:
            # Python refuses to read integers of more than 4,300 digits.
            sentence = "A number in this record has thousands of digits, so it cannot be read."
            return Decoded(None, start, Fault(RefusalReason.NOT_A_NUMBER, sentence, at=start))
        return Decoded(value, end, self._faults[0] if self._faults else None)

    def _object(self, pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
        value = dict(pairs)
        if len(value) != len(pairs):
            self._faults.append(_duplicate_key([key for key, _ in pairs]))
        return value

    def _constant(self, name: str) -> None:
        self._faults.append(_not_a_number(name))

    def _float(self, digits: str) -> float:
        number = float(digits)
        if not math.isfinite(number):
            self._faults.append(_not_a_number(digits[:20]))
        return number


def record_or_refusal(decoded: Decoded, *, text: str, start: int, position: Position) -> JsonRecord | Refusal:
    """Turn what was decoded from text[start:end] into a cleaned record, or into the refusal of it."""
    end = decoded.end if decoded.end > start else len(text)
    excerpt = clean_text(text[start : min(start + EXCERPT_CHARACTERS, end)])[0]
    fault = decoded.fault or _depth_fault(decoded.value, opened=_brackets(text, start=start, end=end))
    if fault:
        return Refusal(position=position, reason=fault.reason, sentence=fault.sentence, excerpt=excerpt)
    body = text if start == 0 and decoded.end == len(text) else text[start : decoded.end]
    value, cleaned = clean_value(decoded.value) if may_need_cleaning(body) else (decoded.value, 0)
    return JsonRecord(value, position, excerpt, cleaned)


def decoded_json(text: str) -> JsonValue:
    """Decode JSON that a text of a record holds, by the rules of a record, and clean it.

    Raises ValueError for any other text.
    """
    stripped = text.strip()
    value, end, fault = RecordDecoder(strict=True).decode(stripped, start=0)
    fault = fault or trailing_fault(stripped, end=end)
    fault = fault or _depth_fault(value, opened=_brackets(stripped, start=0, end=end))
    if fault:
        raise ValueError(fault.sentence)
    return clean_value(value)[0] if may_need_cleaning(stripped) else value


def trailing_fault(text: str, *, end: int) -> Fault | None:
    """Say that something follows a value on its line, where something does."""
    if not text[end:].strip():
        return None
    sentence = f"More text follows the JSON value on this line, from character {end + 1}."
    return Fault(RefusalReason.BROKEN_JSON, sentence, at=end)


def nesting_depth(value: JsonValue) -> int:
    """Return how deep lists and objects lie in each other; a plain value has depth 0."""
    level, depth = [value], 0
    while level := [inner for inner in level if isinstance(inner, dict | list)]:
        depth += 1
        level = [child for inner in level for child in _children(inner)]
    return depth


def _children(value: JsonValue) -> list[JsonValue]:
    return list(value.values()) if isinstance(value, dict) else value


def _brackets(text: str, *, start: int, end: int) -> int:
    return text.count("[", start, end) + text.count("{", start, end)


def _depth_fault(value: JsonValue, *, opened: int) -> Fault | None:
    # Counting brackets is much faster than walking the value, and seldom asks for the walk.
    if opened <= MAX_DEPTH:
        return None
    return _too_deep() if nesting_depth(value) > MAX_DEPTH else None


def _broken(error: json.JSONDecodeError, *, start: int) -> Fault:
    where = f"at character {error.pos - start + 1}"
    complaint = error.msg[0].lower() + error.msg[1:].removesuffix(" at")
    sentence = f"This is not valid JSON: {complaint} {where}. Mend the record."
    return Fault(RefusalReason.BROKEN_JSON, sentence, at=error.pos)


def _too_deep(*, at: int | None = None) -> Fault:
    sentence = f"This record nests more than {MAX_DEPTH} levels deep, which no conversation does."
    return Fault(RefusalReason.TOO_DEEP, sentence, at=at)


def _duplicate_key(keys: list[str]) -> Fault:
    twice = clean_text(Counter(keys).most_common(1)[0][0])[0]
    sentence = (
        f'The key "{twice[:60]}" stands twice in one object, so its value is ambiguous. Keep one of them.'
    )
    return Fault(RefusalReason.DUPLICATE_KEY, sentence)


def _not_a_number(name: str) -> Fault:
    sentence = f"{name} stands where a number should be; JSON has no such value. Write null or a number."
    return Fault(RefusalReason.NOT_A_NUMBER, sentence)
