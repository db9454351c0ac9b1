"""The documentation is in step with the code: settings, commands, states, links."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import PACKAGES, ROOT, modules, parsed, shown
from tests.house.states import PAGE, rendered_page

SETTINGS_PAGE = ROOT / "docs" / "reference" / "settings.md"
COMMANDS_PAGE = ROOT / "docs" / "reference" / "commands.md"
NAMES_OF_OURS = re.compile(r"HARKEN_[A-Z_]+|DATABASE_URL|CELERY_BROKER_URL")
# The Makefile's own; they are no settings of the program.
FOR_MAKE = {"PYTHON", "TORCH_INDEX", "CORPUS"}
# The environment is read in the settings. Beside them: the embedded services, which start before Django, and
# programs that are told something by the process that starts them or pass their environment on.
MAY_READ_THE_ENVIRONMENT = (
    "config/settings/",
    "config/embedded/",
    "training_jobs/trainer/",
    "training_jobs/services/environment.py",
    "config/backup.py",
    "config/management/commands/run_demo.py",
)
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])


def variables_read() -> set[str]:
    """Return the names that are read with `env(…)`, `env.list(…)` or `os.environ` in settings and services."""
    places = [*(ROOT / "config" / "settings").glob("*.py"), *(ROOT / "config" / "embedded").glob("*.py")]
    words = (word for place in places for word in _words(place))
    return {word for word in words if NAMES_OF_OURS.fullmatch(word)}


def _words(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call) and "env" in ast.unparse(node.func):
            yield from (
                word.value
                for word in node.args
                if isinstance(word, ast.Constant) and isinstance(word.value, str)
            )


def variables_explained() -> set[str]:
    return set(re.findall(r"^### `(\w+)`$", SETTINGS_PAGE.read_text(encoding="utf-8"), re.MULTILINE))


def commands() -> set[str]:
    found = (path for package in PACKAGES for path in (ROOT / package).glob("management/commands/*.py"))
    return {path.stem for path in found if not path.stem.startswith("_")}


def test_every_setting_is_explained() -> None:
    assert sorted(variables_read() - variables_explained()) == []


def test_no_setting_is_explained_that_is_not_read() -> None:
    assert sorted(variables_explained() - variables_read() - FOR_MAKE) == []


def test_the_environment_is_read_in_its_places_alone() -> None:
    readers = [
        shown(path)
        for path in modules()
        if re.search(r"environ(\.get\(|\[\"| )|getenv\(", path.read_text(encoding="utf-8"))
    ]
    assert [path for path in readers if not path.startswith(MAY_READ_THE_ENVIRONMENT)] == []


def test_every_command_is_explained() -> None:
    explained = set(re.findall(r"^## `(\w+)`$", COMMANDS_PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert sorted(commands() - explained) == []
    assert sorted(explained - commands()) == []


def test_the_diagrams_of_states_show_what_the_code_allows() -> None:
    assert PAGE.read_text(encoding="utf-8") == rendered_page(), "Run: python -m tests.house.states"


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_decisions_are_numbered_and_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    written = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [name[:4] for name in written] == [f"{number:04d}" for number in range(1, len(written) + 1)]
    assert [name for name in written if f"({name})" not in listed] == []
