import dataclasses
import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

import checks.library
from checks import CHECKS, UnknownCheckError, build_check
from checks.catalogue import Catalogue, _guest_paths
from checks.library.length import LengthCheck
from checks.outcomes import CheckOutcome
from checks.parameters import parameter_fields, read_parameters, written_parameters
from checks.running import run_check
from tests.checks.test_library import NEEDED


def test_every_file_of_the_library_is_listed() -> None:
    files = {path.stem for path in Path(checks.library.__path__[0]).glob("*.py")} - {"__init__"}
    assert {path.split(":")[0].rsplit(".", 1)[1] for path in CHECKS.built_in.values()} == files


@pytest.mark.parametrize("name", CHECKS.built_in)
def test_every_entry_fits_the_protocol(name: str) -> None:
    check_class = CHECKS.load(name)
    check = build_check(name, NEEDED.get(name))
    assert check_class.name == name
    assert check.title
    assert check.failure_sentence.endswith(".")
    assert check_class.__dataclass_params__.frozen  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", CHECKS.built_in)
def test_parameters_survive_being_stored(name: str) -> None:
    check = build_check(name, NEEDED.get(name))
    assert read_parameters(type(check), written_parameters(check)) == check


@pytest.mark.parametrize("name", CHECKS.built_in)
def test_every_parameter_is_described_for_a_form(name: str) -> None:
    for field in parameter_fields(CHECKS.load(name)):
        assert field.label
        assert field.default is not dataclasses.MISSING
        assert (field.kind == "choice") == bool(field.choices)


def test_a_bound_may_be_empty_and_a_unit_is_chosen() -> None:
    at_least, _, unit, reading = parameter_fields(LengthCheck)
    assert (at_least.kind, at_least.may_be_empty, at_least.default) == ("whole_number", True, None)
    assert (unit.kind, unit.may_be_empty, unit.choices) == (
        "choice",
        False,
        ("words", "characters", "sentences", "paragraphs"),
    )
    assert reading.choices == ("strict", "loose")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownCheckError, match=r"No check is named 'lenght'\. Known: length, keywords"):
        build_check("lenght")


def test_a_guest_comes_in_by_its_entry_point_and_replaces_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    guests = [
        importlib.metadata.EntryPoint(name, "checks.library.format:FormatCheck", "harken.guests")
        for name in ("length", "guest")
    ]
    monkeypatch.setattr("checks.catalogue.entry_points", lambda *, group: guests)
    _guest_paths.cache_clear()
    catalogue = Catalogue(group="harken.guests", built_in={"length": CHECKS.built_in["length"]})
    assert catalogue.load("guest").name == "format"
    assert catalogue.load("length") is LengthCheck
    _guest_paths.cache_clear()


def test_the_package_loads_no_check_no_sandbox_and_no_framework() -> None:
    code = "import sys, checks, checks.sandbox; print(sorted(set(sys.modules) & set(sys.argv[1:])))"
    unwanted = ["torch", "django", "celery", "pydantic_monty", "py3langid", "checks.library.length"]
    ended = subprocess.run(
        [sys.executable, "-c", code, *unwanted], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "[]"


def test_running_a_check_tells_failures_and_skips_in_sentences() -> None:
    cases = [("p", "```python\nx = 1\n```"), ("p", "```python\n(\n```"), ("p", "none")]
    assert run_check(build_check("valid_python"), cases) == [
        CheckOutcome(passed=True),
        CheckOutcome(passed=False, sentence="The answer holds invalid Python."),
        CheckOutcome(passed=None, sentence="There is no block of Python code, or it is too long to parse."),
    ]
