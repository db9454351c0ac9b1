"""The files that the house tests look at."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = (
    "config",
    "curation",
    "feedback_mining",
    "annotation",
    "training_jobs",
    "language_models",
    "checks",
)
APPS = ("curation", "feedback_mining", "annotation", "training_jobs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function or method and how many lines it has, its docstring and decorators left out."""

    name: str
    path: Path
    lines: int


@cache
def modules() -> tuple[Path, ...]:
    """Return every Python file of the product, migrations left out: Django writes those."""
    found = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return tuple(path for path in found if "migrations" not in path.parts)


@cache
def templates() -> tuple[Path, ...]:
    """Return every template."""
    folders = [ROOT / "templates", *(ROOT / app / "templates" for app in APPS)]
    return tuple(
        path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in {".html", ".txt"}
    )


@cache
def static_files() -> tuple[Path, ...]:
    """Return every script and stylesheet of our own."""
    return tuple(
        path for path in sorted((ROOT / "static").rglob("*")) if path.suffix in {".js", ".css", ".svg"}
    )


def shown(path: Path) -> str:
    """Return a path as people name it, from the root of the checkout."""
    return str(path.relative_to(ROOT))


@cache
def functions() -> tuple[Function, ...]:
    """Return every function of the product."""
    return tuple(function for path in modules() for function in _functions_of(path))


def _functions_of(path: Path) -> Iterator[Function]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            first = node.body[1].lineno if ast.get_docstring(node) and len(node.body) > 1 else node.lineno
            yield Function(name=node.name, path=path, lines=node.end_lineno - first + 1)


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))
