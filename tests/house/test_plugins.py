"""Every plug-in is listed, loads, and is explained."""

from pkgutil import resolve_name

import pytest

from tests.house.plugins import KINDS, Kind

EVERY_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


@EVERY_KIND
def test_every_file_of_a_plug_in_folder_is_listed(kind: Kind) -> None:
    files = {
        path.stem for path in kind.folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    listed = " ".join(kind.paths().values())
    package = ".".join(filter(None, (kind.package, kind.drawer)))
    assert [name for name in sorted(files - {"__init__"}) if f"{package}.{name}" not in listed] == []


@EVERY_KIND
def test_every_listed_plug_in_loads(kind: Kind) -> None:
    for path in kind.paths().values():
        assert resolve_name(path) is not None


@EVERY_KIND
def test_every_plug_in_has_a_heading_in_the_reference(kind: Kind) -> None:
    headings = [line for line in kind.page.read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    assert sorted(set(kind.paths()) - {heading[3:].strip(" `") for heading in headings}) == []


@EVERY_KIND
def test_the_reference_explains_no_plug_in_that_is_gone(kind: Kind) -> None:
    headings = [
        line for line in kind.page.read_text(encoding="utf-8").splitlines() if line.startswith("## `")
    ]
    assert sorted({heading[3:].strip(" `") for heading in headings} - set(kind.paths())) == []
