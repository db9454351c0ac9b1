"""A chosen set of checks as it was frozen: its entries, its parts by criterion, and the value of an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from curation.domain.errors import HarkenError

VALUE_RULE = "share of checks that do not fail; a skipped one does not fail"
# What can be run without asking a model.
RUNNABLE = ("check", "code")
# An answer fails a measure whose checks do not all hold.
HOLDS = 1.0
_FIELDS = ("name", "criterion", "kind", "check", "source")


class SpecificationError(HarkenError):
    """A frozen measure cannot be run; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenCheck:
    """One check of a frozen set: of the library with its parameters, or written code.

    `criterion` is the criterion's short name.
    """

    name: str
    criterion: str
    kind: str
    check: str
    parameters: Mapping[str, Any]
    source: str


def checks_of(specification: Mapping[str, Any]) -> tuple[FrozenCheck, ...]:
    """Read the checks of a measure of kind checks; raises SpecificationError."""
    entries = specification.get("assertions")
    if not isinstance(entries, list) or not entries:
        raise SpecificationError("This measure holds no checks, so there is nothing to run.")
    return tuple(_check_of(entry) for entry in entries)


def unrunnable(specification: Mapping[str, Any]) -> list[str]:
    """Return the names of the checks that only a model can answer; [] where the measure runs by itself."""
    return [each.name for each in checks_of(specification) if each.kind not in RUNNABLE]


def parts_of(specification: Mapping[str, Any]) -> dict[str, list[int]]:
    """Return the places of the checks of each criterion, in the set's order; one criterion alone has no parts."""
    places: dict[str, list[int]] = {}
    for place, each in enumerate(checks_of(specification)):
        places.setdefault(each.criterion, []).append(place)
    return places if len(places) > 1 else {}


def part_specification(specification: Mapping[str, Any], places: Sequence[int]) -> dict[str, Any]:
    """Return the specification of some of a set's checks."""
    entries = specification["assertions"]
    return {**specification, "assertions": [entries[place] for place in places]}


def value_of(verdicts: Sequence[bool | None]) -> float:
    """Return the share of checks that do not fail, in [0, 1]; 1 says that none does."""
    return sum(verdict is not False for verdict in verdicts) / len(verdicts)


def _check_of(entry: Any) -> FrozenCheck:
    if not isinstance(entry, Mapping):
        raise SpecificationError("This measure holds a check that cannot be read.")
    texts = {name: str(entry.get(name) or "") for name in _FIELDS}
    texts["criterion"] = str(entry.get("criterion_name") or texts["criterion"])
    return FrozenCheck(**texts, parameters=entry.get("parameters") or {})
