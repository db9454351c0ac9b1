"""The catalogue of checks: names and where their code lies, loaded on first use; guests come by entry points."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pkgutil import resolve_name

from checks.contract import Check


class UnknownCheckError(LookupError):
    """No check has the name; the message lists those that are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The checks; `built_in` maps a name to "package.module:class"."""

    group: str
    built_in: Mapping[str, str]

    def paths(self) -> dict[str, str]:
        """Return name → path of all checks, built-in ones first; a guest cannot replace one of those."""
        return {**self.built_in, **_guest_paths(self.group), **self.built_in}

    def load(self, name: str) -> type[Check]:
        """Import and return the class of a check; raises UnknownCheckError."""
        paths = self.paths()
        if name not in paths:
            message = f"No check is named {name!r}. Known: {', '.join(paths)}."
            raise UnknownCheckError(message)
        check: type[Check] = resolve_name(paths[name])
        return check


@cache
def _guest_paths(group: str) -> dict[str, str]:
    return {
        entry.name: entry.value for entry in sorted(entry_points(group=group), key=lambda entry: entry.name)
    }
