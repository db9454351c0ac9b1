"""Characters that nobody sees: what they are called, and which of them a script or an emoji needs where they stand."""

import re
import unicodedata

# What people call them; any other is shown by its code.
NAMES = {
    "\xa0": "NBSP", "\xad": "SHY", "\u061c": "ALM", "\u2007": "FIGSP", "\u200b": "ZWSP", "\u200c": "ZWNJ",
    "\u200d": "ZWJ", "\u200e": "LRM", "\u200f": "RLM", "\u2028": "LSEP", "\u2029": "PSEP", "\u202a": "LRE",
    "\u202b": "RLE", "\u202c": "PDF", "\u202d": "LRO", "\u202e": "RLO", "\u202f": "NNBSP", "\u2060": "WJ",
    "\u2066": "LRI", "\u2067": "RLI", "\u2068": "FSI", "\u2069": "PDI", "\ufeff": "BOM",
}  # fmt: skip
_SPACES = frozenset("\xa0\u202f\u205f") | {chr(code) for code in range(0x2000, 0x200B)}
_TAGS = range(0xE0020, 0xE007F)

# Controls, bidirectional marks and overrides, zero-width and tag characters, spaces that are not the usual one,
# and fillers that look like nothing.
_ALWAYS = (
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u2000-\u200b\u200e\u200f"
    "\u2028-\u202f\u205f-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e01ef]"
)
# Persian, Indic scripts and emoji are written with joiners, emoji with a selector; elsewhere they are hidden.
_EMOJI = "\u2190-\u2bff\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff"
_JOINED = "\u0590-\u109f\u1780-\u18af\ua800-\uabff\ufb1d-\ufdff\ufe70-\ufefc\U00011000-\U00011fff"
_JOINERS = f"(?<![{_JOINED}{_EMOJI}])[\u200c\u200d]"
_SELECTORS = f"(?<![0-9#*©®‼⁉™ℹ{_EMOJI}])[\ufe0e\ufe0f]"
HIDDEN = re.compile(f"{_ALWAYS}|{_JOINERS}|{_SELECTORS}")


def label_of(character: str) -> str:
    """Return the short name under which a hidden character is shown: RLO, TAG a, U+0007."""
    if ord(character) in _TAGS:
        return f"TAG {chr(ord(character) - 0xE0000)}"
    return NAMES.get(character, code_of(character))


def explanation_of(character: str) -> str:
    """Return the code and the whole name of a character."""
    return f"{code_of(character)} {unicodedata.name(character, 'control character').lower()}"


def code_of(character: str) -> str:
    """Return a character's code: U+200B."""
    return f"U+{ord(character):04X}"


def is_space(character: str) -> bool:
    """Tell whether a character takes up room as a space does."""
    return character in _SPACES
