"""Short functions, small modules, and folders that tell the story."""

from pathlib import Path
from statistics import quantiles

import pytest

from tests.house.source import functions, modules, shown

MODULE_LIMIT = 400
FUNCTION_LIMIT = 60
MEDIAN_LIMIT = 10
NINETIETH_LIMIT = 30
EMPTY_NAMES = {"utils", "util", "common", "core", "helpers", "helper", "misc", "base_utils", "shared"}
# The loop of the trainer reads top to bottom, as one thing.
TRAINER = Path("training_jobs/trainer")


def test_no_module_has_a_name_that_says_nothing() -> None:
    names = {shown(path): {path.stem, *path.parent.parts} for path in modules()}
    assert [path for path, parts in names.items() if parts & EMPTY_NAMES] == []


@pytest.mark.parametrize("path", modules(), ids=shown)
def test_a_module_fits_in_four_hundred_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MODULE_LIMIT


def test_no_function_is_longer_than_a_screen() -> None:
    too_long = [
        f"{shown(one.path)}: {one.name} has {one.lines} lines"
        for one in functions()
        if one.lines > FUNCTION_LIMIT and not Path(shown(one.path)).is_relative_to(TRAINER)
    ]
    assert too_long == []


def test_most_functions_are_short() -> None:
    deciles = quantiles((one.lines for one in functions()), n=10)
    assert deciles[4] <= MEDIAN_LIMIT
    assert deciles[8] <= NINETIETH_LIMIT


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        shown(path)
        for path in modules()
        if path.stat().st_size and not _first_line(path).startswith(('"""', 'r"""'))
    ]
    assert silent == []


def _first_line(path: Path) -> str:
    return next(
        (line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#!")), ""
    )
