"""Ready criteria with checks that test them, to start a set from without any model."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_WRITTEN = tomllib.loads(Path(__file__).with_name("ready.toml").read_text(encoding="utf-8"))
_TOLERANCE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyAssertion:
    """A check of the library with its parameters."""

    name: str
    check_name: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyCriterion:
    """A criterion of ours: what a good answer does, and the checks that compete to test it."""

    key: str
    name: str
    text: str
    tolerance: float
    assertions: Sequence[ReadyAssertion]


READY: Mapping[str, ReadyCriterion] = {
    each["key"]: ReadyCriterion(
        key=each["key"],
        name=each["name"],
        text=each["text"],
        tolerance=each.get("tolerance", _TOLERANCE),
        assertions=tuple(
            ReadyAssertion(name=own["name"], check_name=own["check"], parameters=own["parameters"])
            for own in each["assertions"]
        ),
    )
    for each in _WRITTEN["criteria"]
}
