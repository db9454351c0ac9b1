"""The catalogue of judges: names and where their code lies, loaded on first use; guests come by entry points."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import entry_points
from pkgutil import resolve_name
from typing import cast

from language_models.judges.contract import JudgePlugin


class UnknownJudgeError(LookupError):
    """No judge has the name; the text is written for people and lists those that are known."""


class Catalogue(Mapping[str, str]):
    """Judges by name, each "package.module:class"; a guest cannot take a built-in's name."""

    def __init__(self, *, group: str, built_in: Mapping[str, str]) -> None:
        self._group = group
        self.built_in = dict(built_in)

    def __getitem__(self, name: str) -> str:
        return self._paths()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths())

    def __len__(self) -> int:
        return len(self._paths())

    def load(self, name: str) -> JudgePlugin:
        """Return the judge of a name; raises UnknownJudgeError, with the known names, for another."""
        if name not in self:
            raise UnknownJudgeError(f"No judge is named '{name}'. Known: {', '.join(sorted(self))}.")
        return cast(JudgePlugin, resolve_name(self[name])())

    def _paths(self) -> dict[str, str]:
        return _guests(self._group) | self.built_in


@cache
def _guests(group: str) -> dict[str, str]:
    return {point.name: point.value for point in entry_points(group=group)}
