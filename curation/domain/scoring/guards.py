"""How a recipe names a measure: `NAME`, `NAME@VERSION`, and for a veto `NAME >= 0.8`."""

import re
from dataclasses import dataclass
from math import isfinite

from curation.domain.errors import RecipeError
from curation.domain.scoring.check_sets import HOLDS

_LEAST = re.compile(r"\s*>=\s*(?P<least>\S+)\s*$")
_VERSION = re.compile(r"@(?P<version>[\w.\-]{1,60})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A measure that an answer must reach `least` of to be chosen; `version` "" is the newest."""

    name: str
    version: str = ""
    least: float = HOLDS

    @property
    def whole(self) -> str:
        """The name with its version, as a recipe writes it."""
        return f"{self.name}@{self.version}" if self.version else self.name


def parse_guard(text: str, *, field: str = "veto") -> Guard:
    """Read one entry; raises RecipeError with the field."""
    rest, least = text.strip(), HOLDS
    if found := _LEAST.search(rest):
        least, rest = _number(found["least"], field=field), rest[: found.start()].strip()
    version = ""
    if found := _VERSION.search(rest):
        version, rest = found["version"], rest[: found.start()].strip()
    if not rest:
        raise RecipeError(f"`{field}` names a measure, such as `criteria: answers` or `quality >= 0.8`.")
    return Guard(name=rest, version=version, least=least)


def _number(text: str, *, field: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise RecipeError(f"`{field}` needs a number after >=, and {text[:40]} is none.")
    return number
