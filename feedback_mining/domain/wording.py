"""Wordings that rules about answers and wishes look for, by language: read once from wording.toml."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

# Languages that put no space between words.
_UNSPACED = frozenset({"zh", "ja", "hi", "ar"})

# What is looked for → language → patterns; an apostrophe is written ’.
WORDING: Mapping[str, Mapping[str, Sequence[str]]] = tomllib.loads(
    Path(__file__).with_name("wording.toml").read_text(encoding="utf-8")
)


def any_of(patterns: Mapping[str, Sequence[str]], *, before: str = "", after: str = "") -> re.Pattern[str]:
    """Return one pattern, blind to case, that matches any pattern of any language, as whole words."""
    joined = [
        "(?:" + "|".join(written) + ")" if language in _UNSPACED else rf"\b(?:{'|'.join(written)})(?!\w)"
        for language, written in patterns.items()
    ]
    return re.compile(f"{before}(?:{'|'.join(joined)}){after}", re.IGNORECASE)
