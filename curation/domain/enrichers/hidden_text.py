"""Characters that a reader does not see and a model does: kinds, places, and where they are at home.

Look-alike letters of other scripts (homoglyphs) are not hidden and not looked for.
"""

import re
from enum import StrEnum

from curation.domain.enrichers.enriching import Span


class HiddenKind(StrEnum):
    """Kinds of hidden characters."""

    BIDI = "bidi"
    ZERO_WIDTH = "zero_width"
    TAG = "tag"
    VARIATION = "variation"
    CONTROL = "control"
    FILLER = "filler"


# Overrides, embeddings, isolates and marks of direction: they make a text read otherwise than it stands.
_BIDI = r"[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]+"
# The joiners are at home in emoji and in scripts that join letters, so they count between ASCII characters alone.
_ZERO_WIDTH = r"[\u200b\u2060-\u2064\u180e]+|(?<!^)\ufeff+|(?<![^\x00-\x7f])[\u200c\u200d]+(?![^\x00-\x7f])"
# Invisible letters (a whole second text can be written in them). At home in flags, which begin with a black flag.
_TAG = r"(?<!\U0001f3f4)[\U000e0000-\U000e007f]+"
# One selector follows an emoji or an ideograph; more in a row carry bytes.
_VARIATION = r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}"
_CONTROL = r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+"
_FILLER = r"[\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5\u00ad]+"
_HIDDEN = re.compile(
    "|".join(
        f"(?P<{kind}>{pattern})"
        for kind, pattern in zip(
            HiddenKind, (_BIDI, _ZERO_WIDTH, _TAG, _VARIATION, _CONTROL, _FILLER), strict=True
        )
    )
)
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{2,6}\U000e007f")


def find_hidden(text: str) -> list[tuple[HiddenKind, Span]]:
    """Return runs of hidden characters in order of place, each labelled with its first code points."""
    if text.isascii() and text.isprintable():
        return []
    flags = {place for flag in _FLAG.finditer(text) for place in range(*flag.span())}
    return [
        (HiddenKind(str(match.lastgroup)), _labelled(match))
        for match in _HIDDEN.finditer(text)
        if match.start() not in flags
    ]


def _labelled(match: re.Match[str]) -> Span:
    """Name the first three: hidden characters are no words, so their names quote nothing."""
    signs = match.group()
    names = " ".join(f"U+{ord(sign):04X}" for sign in signs[:3])
    more = f" and {len(signs) - 3} more" if len(signs) > 3 else ""
    return Span(start=match.start(), end=match.end(), label=names + more)
