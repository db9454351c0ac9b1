"""Lists and objects that a table holds as text: JSON, or as Python prints them. They are parsed, never run."""

import ast
import io
import math
import tokenize
from collections.abc import Iterator
from itertools import pairwise

from curation.domain.corpus.records import JsonValue
from curation.domain.importers.cleaning import clean_value
from curation.domain.importers.json_decoding import decoded_json, nesting_depth

# A cell is a record or less; beyond these limits it stays the text that it is.
MAX_CHARACTERS = 16 << 20
# A Python literal becomes a syntax tree first, which may hold a hundred times the memory of its text.
MAX_LITERAL_CHARACTERS = 2 << 20
MAX_DEPTH = 32

_OPENERS = {"[": "]", "{": "}", "(": ")"}
_BETWEEN_STRINGS = {tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT}


class LiteralError(ValueError):
    """A text that looks like a list or an object and is none; the message is the rest of a sentence."""


def looks_structured(text: str) -> bool:
    """Say cheaply whether a text could be a written list or object."""
    stripped = text.strip()
    return bool(stripped) and _OPENERS.get(stripped[0]) == stripped[-1]


def structured_value(text: str) -> JsonValue:
    """Read a list or an object that is written as JSON or as a Python literal.

    Raises LiteralError for any other text, for one of more than MAX_CHARACTERS or MAX_DEPTH, and for strings
    that stand side by side without a comma, as numpy prints its arrays: Python would join them to one.
    """
    stripped = text.strip()
    if not looks_structured(stripped):
        raise LiteralError("it does not begin and end like a list or an object")
    _require_length(stripped, limit=MAX_CHARACTERS)
    value = _parsed(stripped)
    if nesting_depth(value) > MAX_DEPTH:
        raise LiteralError(f"it nests more than {MAX_DEPTH} levels deep")
    return value


def _parsed(text: str) -> JsonValue:
    try:
        return decoded_json(text)
    except ValueError:
        return _python_literal(text)


def _require_length(text: str, *, limit: int) -> None:
    if len(text) > limit:
        raise LiteralError(f"it is longer than {limit:,} characters")


def _python_literal(text: str) -> JsonValue:
    _require_length(text, limit=MAX_LITERAL_CHARACTERS)
    try:
        value = ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise LiteralError("it is neither JSON nor a Python literal") from None
    if _has_joined_strings(text):
        raise LiteralError("two of its texts stand side by side without a comma")
    return clean_value(_as_json(value))[0]


def _as_json(value: object) -> JsonValue:
    """Return a literal as JSON has it: tuples are lists, keys are texts; anything else is refused."""
    if isinstance(value, list | tuple):
        return [_as_json(element) for element in value]
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise LiteralError("one of its keys is not text")
        return {key: _as_json(element) for key, element in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        raise LiteralError("one of its numbers is not finite")
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise LiteralError(f"it holds a {type(value).__name__}, which no record does")


def _has_joined_strings(text: str) -> bool:
    kinds = [token.type for token in _tokens(text) if token.type not in _BETWEEN_STRINGS]
    return any(kind == following == tokenize.STRING for kind, following in pairwise(kinds))


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    return tokenize.generate_tokens(io.StringIO(text).readline)
