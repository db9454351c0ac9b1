"""What is cleaned on the way in, because no database column can hold it.

NUL characters are removed. Halves of surrogate pairs are joined where both stand side by side; a half that
stands alone becomes U+FFFD. Nothing else of a text is touched: no normalisation, no trimming.
"""

import re

from curation.domain.corpus.records import JsonValue

_JOINED_OR_LONE = re.compile("\x00|[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]")
# Fragments that a JSON text holds wherever one of its strings needs cleaning.
_ESCAPES = ("\\u0000", "\\ud", "\\uD")


def clean_text(text: str) -> tuple[str, int]:
    """Return the text without NUL characters and lone surrogates, and how many were taken out."""
    if _is_storable(text):
        return text, 0
    return _JOINED_OR_LONE.sub(_mend, text), _count_bad(text)


def clean_value(value: JsonValue) -> tuple[JsonValue, int]:
    """Clean every string of a JSON value, keys included; the value is at most as deep as a reader lets in."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        cleaned = [clean_value(element) for element in value]
        return [element for element, _ in cleaned], sum(count for _, count in cleaned)
    if isinstance(value, dict):
        pairs = [(clean_text(key), clean_value(element)) for key, element in value.items()]
        mended = {key: element for (key, _), (element, _) in pairs}
        return mended, sum(by_key + by_value for (_, by_key), (_, by_value) in pairs)
    return value, 0


def may_need_cleaning(json_text: str) -> bool:
    """Say cheaply whether a JSON text could hold a string that needs cleaning."""
    # Looking for one character is ten times as fast as looking for two, and is often enough.
    if "\\" in json_text and "\\u" in json_text and any(escape in json_text for escape in _ESCAPES):
        return True
    return not _is_storable(json_text)


def _is_storable(text: str) -> bool:
    """Say whether a text needs no cleaning; encoding it is ten times as fast as looking for surrogates."""
    if "\x00" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _mend(match: re.Match[str]) -> str:
    found = match.group()
    if found == "\x00":
        return ""
    if len(found) == 2:
        return found.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    return "\ufffd"


def _count_bad(text: str) -> int:
    return sum(len(found) == 1 for found in _JOINED_OR_LONE.findall(text))
