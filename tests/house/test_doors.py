"""By which doors one app enters another: what is public of an app, and what is its own affair."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import APPS, ROOT, modules, parsed, shown

# Models serve as types and as targets of foreign keys, permissions as the guard of a view in another app, and the demo
# is a named exception: a corpus that several floors read.
DOORS = {"services", "queries", "permissions", "models", "domain", "apps", "demo"}
CATALOGUES = {"importers", "exporters", "enrichers", "detectors", "pair_recipes", "protocols", "consensus"}
# The project puts the apps together.
PROJECT_DOORS = {"urls", "api"}


def imports_of(path: Path) -> Iterator[str]:
    """Return the dotted names that a module imports."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def entries_of(path: Path) -> list[tuple[str, str]]:
    """Return (app, drawer) of every import from an app that is not the module's own."""
    own = path.relative_to(ROOT).parts[0]
    parts = [name.split(".") for name in imports_of(path)]
    return [(name[0], name[1]) for name in parts if name[0] in APPS and name[0] != own and len(name) > 1]


@pytest.mark.parametrize("path", modules(), ids=shown)
def test_other_apps_are_entered_by_their_doors(path: Path) -> None:
    allowed = DOORS | CATALOGUES | (PROJECT_DOORS if path.is_relative_to(ROOT / "config") else set())
    assert [f"{app}.{drawer}" for app, drawer in entries_of(path) if drawer not in allowed] == []
