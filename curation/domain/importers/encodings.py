"""The encoding of a text that is not UTF-8: told by its mark, or guessed for a person to confirm."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

from charset_normalizer import from_bytes

UTF8 = "utf-8"
# How much of a file a guess is made from.
SAMPLE_BYTES = 1 << 20
# charset-normalizer takes seconds for more than this, and does not guess better.
_GUESS_BYTES = 64 << 10
_CANDIDATES = 4
_SHOWN_LINES = 3
_SHOWN_CHARACTERS = 120
# A file of which fewer lines are no UTF-8 has flawed records; they are refused alone.
_MIN_LINES = 2

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # The mark of UTF-32 begins with that of UTF-16, so it is looked for first.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What most files that are not UTF-8 are written in, offered where they decode at all.
_USUAL = ("cp1252", "cp1251", "cp932", "gb18030", "cp949")
# Encodings of different names that read a text alike are one choice, called by the commonest name.
_COMMONEST = "cp1252"
# What may be offered: encodings that files of this century come in.
_LABELS = {
    "cp1252": "Windows-1252 (Western European)",
    "iso8859_15": "ISO-8859-15 (Western European)",
    "cp1250": "Windows-1250 (Central European)",
    "iso8859_2": "ISO-8859-2 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "koi8_r": "KOI8-R (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp1257": "Windows-1257 (Baltic)",
    "cp1258": "Windows-1258 (Vietnamese)",
    "cp874": "Windows-874 (Thai)",
    "cp932": "Shift JIS (Japanese)",
    "euc_jp": "EUC-JP (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
    "big5": "Big5 (Chinese)",
    "cp949": "Windows-949 (Korean)",
    "mac_roman": "Mac Roman",
    "utf-16-le": "UTF-16, little-endian",
    "utf-16-be": "UTF-16, big-endian",
}


# What Python counts among its encodings: names of hosts, literals and mail. They refuse bytes that they do not know,
# or give halves of characters.
_NO_FILES = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodingCandidate:
    """An encoding that a file may have, with lines of it as they would read."""

    name: str
    label: str
    sample: tuple[str, ...]


def marked_encoding(start: bytes) -> str:
    """Return the encoding that a byte-order mark names, "" where there is none."""
    return next((encoding for mark, encoding in _MARKS if start.startswith(mark)), "")


def unmarked_utf16(start: bytes) -> str:
    """Return the UTF-16 that a beginning without a mark looks like: every other byte of its ASCII is zero."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    enough = len(start) // 6
    if odd > enough and even * 10 < odd:
        return "utf-16-le"
    if even > enough and odd * 10 < even:
        return "utf-16-be"
    return ""


def is_known_encoding(name: str) -> bool:
    """Say whether files of text are written in an encoding of this name."""
    try:
        "".encode(name)
    except (LookupError, ValueError):
        return False
    return codecs.lookup(name).name not in _NO_FILES


def seems_not_utf8(sample: bytes) -> bool:
    """Say whether most of the lines beyond ASCII are no UTF-8: then the file is not, rather than a record of it."""
    beyond = [
        line
        for line in sample.split(b"\n")[: -1 if len(sample) >= SAMPLE_BYTES else None]
        if not line.isascii()
    ]
    wrong = sum(not _is_decodable(line, encoding=UTF8) for line in beyond)
    return wrong >= _MIN_LINES and wrong * 2 > len(beyond)


def encoding_candidates(sample: bytes) -> list[EncodingCandidate]:
    """Return the encodings that a text may have, the likeliest first, those that read the same only once."""
    lines = [line for line in sample.split(b"\n") if not line.isascii()]
    telling = b"\n".join(lines)[:_GUESS_BYTES]
    shown = [line[: 4 * _SHOWN_CHARACTERS] for line in lines[:_SHOWN_LINES]]
    candidates: dict[tuple[str, ...], EncodingCandidate] = {}
    for name in _likely(telling):
        sample_lines = tuple(_shown(line, encoding=name) for line in shown)
        if sample_lines not in candidates or name == _COMMONEST:
            candidates[sample_lines] = candidate_of(name, sample=sample_lines)
    return list(candidates.values())[:_CANDIDATES]


def candidate_of(name: str, *, sample: tuple[str, ...]) -> EncodingCandidate:
    """Return an encoding with the name that people know it by."""
    return EncodingCandidate(name=name, label=_LABELS.get(name, name), sample=sample)


def _likely(sample: bytes) -> Iterator[str]:
    """Yield encodings in which every byte of a sample has a meaning: the guessed ones, then the usual ones."""
    # The guess is made without UTF-8, which the sample is known not to be.
    guessed = [match.encoding for match in from_bytes(sample, cp_exclusion=["utf_8", "utf_8_sig", "ascii"])]
    for name in dict.fromkeys([*guessed[:_CANDIDATES], *_USUAL]):
        if name in _LABELS and _is_decodable(sample, encoding=name):
            yield name


def _is_decodable(content: bytes, *, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(content)
    except (UnicodeError, LookupError):
        return False
    return True


def _shown(line: bytes, *, encoding: str) -> str:
    """Return what a line says around its first character beyond ASCII."""
    text = line.decode(encoding, errors="replace").strip()
    first = next((at for at, letter in enumerate(text) if ord(letter) > 127), 0)
    start = max(0, first - _SHOWN_CHARACTERS // 3)
    return ("…" if start else "") + text[start : start + _SHOWN_CHARACTERS]
