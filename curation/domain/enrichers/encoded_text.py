"""Text that was encoded so that a filter does not read it: base64, hexadecimal, rot13; and what it says.

A place counts only where decoding gives readable text; keys, hashes and pictures in base64 do not.
"""

import base64
import binascii
import codecs
import re
from collections.abc import Callable, Iterator
from enum import StrEnum

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from curation.domain.enrichers.enriching import Span


class Encoding(StrEnum):
    """Ways to encode text."""

    BASE64 = "base64"
    HEX = "hex"
    ROT13 = "rot13"


_BASE64 = re.compile(
    r"(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/]{16,}|[A-Za-z0-9_-]{16,})={0,2}(?![A-Za-z0-9+/=_-])"
)
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:0x)?(?:[0-9A-Fa-f]{2}[ :]?){7,}[0-9A-Fa-f]{2}(?![0-9A-Za-z])")
_ESCAPED = re.compile(r"(?:\\x[0-9A-Fa-f]{2}){6,}")
_WORD = re.compile(r"(?<![^\W_])[A-Za-z']{2,}(?![^\W_])")
# A run that is longer is a file, and only its beginning is decoded.
_DECODED_CHARACTERS = 100_000
_FEWEST_WORDS = 4
# Shares of the commonest English words: prose has about a half, rot13 of it next to none.
_SHARE_DECODED, _SHARE_RAW = 0.25, 0.1
# Two different ones at least, in a line that is no code.
_FEWEST_COMMON = 2
_LETTERS = 0.85
_READABLE = 0.9


def find_encoded(text: str) -> list[tuple[Encoding, Span]]:
    """Return the encoded places of a text that decode to something readable, in order."""
    found = [*_decodable(Encoding.HEX, _HEX, text), *_decodable(Encoding.HEX, _ESCAPED, text)]
    taken = {place for _, span in found for place in (span.start, span.end)}
    found += [
        each
        for each in _decodable(Encoding.BASE64, _BASE64, text)
        if each[1].start not in taken and each[1].end not in taken
    ]
    found += _rotated_lines(text)
    return sorted(found, key=lambda each: each[1].start)


def decoded(text: str, *, encoding: Encoding) -> str | None:
    """Return what an encoded text says, or None where it says nothing readable."""
    try:
        plain = _DECODERS[encoding](text[:_DECODED_CHARACTERS])
    except (ValueError, binascii.Error):
        return None
    return plain if _is_readable(plain) else None


def _decodable(encoding: Encoding, pattern: re.Pattern[str], text: str) -> Iterator[tuple[Encoding, Span]]:
    for match in pattern.finditer(text):
        if decoded(match.group(), encoding=encoding) is not None:
            yield encoding, Span(start=match.start(), end=match.end())


def _rotated_lines(text: str) -> Iterator[tuple[Encoding, Span]]:
    start = 0
    for line in text.splitlines(keepends=True):
        if _is_rotated(line[:_DECODED_CHARACTERS]):
            yield Encoding.ROT13, Span(start=start, end=start + len(line.rstrip()))
        start += len(line)


def _is_rotated(line: str) -> bool:
    """Say whether a line is no English as it stands, and English once it is turned by thirteen letters."""
    words = _WORD.findall(line.lower())
    letters = sum(sign.isalpha() or sign.isspace() for sign in line)
    if len(words) < _FEWEST_WORDS or letters < _LETTERS * len(line) or _common_share(words) > _SHARE_RAW:
        return False
    turned = [codecs.decode(word, "rot13") for word in words]
    return _common_share(turned) >= _SHARE_DECODED and len(set(turned) & ENGLISH_STOP_WORDS) >= _FEWEST_COMMON


def _common_share(words: list[str]) -> float:
    return sum(word in ENGLISH_STOP_WORDS for word in words) / len(words)


def _from_base64(text: str) -> str:
    usual = text.rstrip("=").replace("-", "+").replace("_", "/")
    if len(usual) % 4 == 1:
        message = "no base64 has this length"
        raise ValueError(message)
    return base64.b64decode(usual + "=" * (-len(usual) % 4), validate=True).decode()


def _from_hex(text: str) -> str:
    return bytes.fromhex(re.sub(r"0x|\\x|[ :]", "", text)).decode()


def _is_readable(plain: str) -> bool:
    """Say whether a text is mostly letters and spaces, and holds a word at all."""
    if len(plain) < 6 or not re.search(r"[^\W\d_]{3}", plain):
        return False
    readable = sum(
        sign.isalnum() or sign.isspace() or sign in ".,;:!?'\"()-/{}[]<>=&%@#*+_" for sign in plain
    )
    spaced = sum(sign.isspace() for sign in plain)
    looks_like_prose = spaced > 0 or plain.isalpha() or len(plain) < 24
    return looks_like_prose and plain.isprintable() | ("\n" in plain) and readable / len(plain) >= _READABLE


_DECODERS: dict[Encoding, Callable[[str], str]] = {
    Encoding.BASE64: _from_base64,
    Encoding.HEX: _from_hex,
    Encoding.ROT13: lambda text: codecs.decode(text, "rot13"),
}
