"""A catalogue of plug-ins: name → dotted path, loaded on first use, one door for built-ins and guests."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Generic, TypeVar, cast

from curation.domain.errors import UnknownFormatError

Plugin = TypeVar("Plugin")


class Catalogue(Mapping[str, str], Generic[Plugin]):
    """Plug-ins of one kind by name; `load` makes one. Guests come from the entry-point group `harken.<kind>`.

    A guest cannot take a built-in's name.
    """

    def __init__(self, kind: str, *, singular: str, built_in: Mapping[str, str]) -> None:
        self._kind = kind
        self._singular = singular
        self._built_in = dict(built_in)

    def __getitem__(self, name: str) -> str:
        return self._paths()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths())

    def __len__(self) -> int:
        return len(self._paths())

    def load(self, name: str) -> Plugin:
        """Return the plug-in of a name; raises UnknownFormatError, with the known names, for another."""
        if name not in self:
            known = ", ".join(sorted(self))
            raise UnknownFormatError(f"No {self._singular} is named '{name}'. Known: {known}.")
        module, _, attribute = self[name].rpartition(".")
        return cast(Plugin, getattr(import_module(module), attribute)())

    def _paths(self) -> dict[str, str]:
        return _guests(f"harken.{self._kind}") | self._built_in


@cache
def _guests(group: str) -> dict[str, str]:
    return {point.name: point.value.replace(":", ".") for point in entry_points(group=group)}
