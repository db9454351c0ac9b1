"""How one person likes the desk: keys, layout, size of the text, what they would rather not read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import Any

from curation.domain.errors import HarkenError

# Each act and its key, unless somebody chose another.
ACTS = {
    "undo": "u",
    "skip": "s",
    "guideline": "g",
    "keys": "?",
    "raw": "r",
    "layout": "d",
    "reveal": "b",
    "question": "q",
    "flag": "f",
    "weaker": "[",
    "stronger": "]",
    **{f"choice_{number}": str(number) for number in range(1, 10)},
}
LAYOUTS = ("columns", "stacked", "diff")
TEXT_SIZES = ("small", "normal", "large", "largest")
# A pause is proposed after this many minutes of work; 0 never proposes one.
PAUSE_MINUTES = 45


class KeyMapError(HarkenError):
    """A key map by which a key would do two things, or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPreferences:
    """What a person chose; everything has a default, and what an older version stored is read too."""

    keys: Mapping[str, str] = field(default_factory=dict)
    layout: str = "columns"
    text_size: str = "normal"
    is_raw: bool = False
    pause_minutes: int = PAUSE_MINUTES
    declined: Sequence[str] = ()

    @property
    def key_of(self) -> dict[str, str]:
        """The key of every act."""
        return {**ACTS, **self.keys}

    def stored(self) -> dict[str, Any]:
        """Return it as JSON; keys that are the usual ones are left out."""
        return {
            "keys": {act: key for act, key in self.keys.items() if ACTS.get(act) != key},
            "layout": self.layout,
            "text_size": self.text_size,
            "is_raw": self.is_raw,
            "pause_minutes": self.pause_minutes,
            "declined": list(self.declined),
        }


def preferences_from(stored: Mapping[str, Any]) -> DeskPreferences:
    """Read stored preferences; what is not known, or not possible any more, falls back to its default."""
    keys = {act: key for act, key in dict(stored.get("keys") or {}).items() if act in ACTS and _is_key(key)}
    return DeskPreferences(
        keys=_with_free_keys(keys),
        layout=_one_of(stored.get("layout"), LAYOUTS, "columns"),
        text_size=_one_of(stored.get("text_size"), TEXT_SIZES, "normal"),
        is_raw=stored.get("is_raw") is True,
        pause_minutes=_minutes(stored.get("pause_minutes")),
        declined=tuple(str(name) for name in stored.get("declined") or ()),
    )


def next_layout(layout: str) -> str:
    """Return the layout after this one, the first after the last."""
    return LAYOUTS[(LAYOUTS.index(layout) + 1) % len(LAYOUTS)]


def checked_keys(keys: Mapping[str, str]) -> dict[str, str]:
    """Return a key map in small letters; raises KeyMapError where a key is none, or stands twice."""
    chosen = {act: key.strip().lower() for act, key in keys.items() if act in ACTS and key.strip()}
    wrong = [key for key in chosen.values() if not _is_key(key)]
    if wrong:
        message = f"{wrong[0]!r} is not one key. Type a letter, a digit or a sign that you can press alone."
        raise KeyMapError(message)
    clashes = _clashes({**ACTS, **chosen})
    if clashes:
        message = f"The key {clashes[0]!r} would do two things. Give one of them another key."
        raise KeyMapError(message)
    return chosen


def _with_free_keys(keys: Mapping[str, str]) -> dict[str, str]:
    """Give an act that came after somebody chose its usual key for another a key that is free."""
    if _clashes(keys):
        return {}
    taken = {**keys}
    for act, usual in ACTS.items():
        if act not in keys and usual in taken.values():
            used = {*ACTS.values(), *taken.values()}
            taken[act] = next(letter for letter in ascii_lowercase if letter not in used)
    return taken


def _clashes(keys: Mapping[str, str]) -> list[str]:
    pressed = list(keys.values())
    return sorted({key for key in pressed if pressed.count(key) > 1})


def _is_key(key: object) -> bool:
    return isinstance(key, str) and len(key) == 1 and key.isprintable() and not key.isspace()


def _one_of(value: object, known: Sequence[str], default: str) -> str:
    return value if isinstance(value, str) and value in known else default


def _minutes(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value <= 24 * 60 else PAUSE_MINUTES
