import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from annotation.domain.criteria.alignment import select_by_threshold
from annotation.domain.criteria.problem_files import parse_selection_problem
from tests.paths import CHECKOUT

DOCUMENT: dict[str, Any] = {
    "assertions": [{"id": "short", "criterion": "length"}, {"id": "kind", "criterion": "tone"}],
    "results": [[True, False], [None, True], [False, True], [True, True]],
    "grades": [True, False, False, True],
}
SHARES = ("coverage", "false_failure_rate", "alignment")


def written(folder: Path, document: Any) -> Path:
    path = folder / "problem.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def chosen(path: Path, *arguments: str) -> dict[str, Any]:
    output = StringIO()
    call_command("select_assertions", str(path), "--json", *arguments, stdout=output)

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    report: dict[str, Any] = json.loads(output.getvalue().splitlines()[-1], parse_constant=refuse)
    return report


@pytest.mark.parametrize("max_ffr", [0.0, 0.25, 1.0])
def test_the_command_prints_what_the_domain_function_returns(tmp_path: Path, max_ffr: float) -> None:
    report = chosen(written(tmp_path, DOCUMENT), "--max-ffr", str(max_ffr))
    expected = select_by_threshold(parse_selection_problem(DOCUMENT), max_ffr=max_ffr)
    assert {key: report[key] for key in expected.as_json()} == expected.as_json()


def test_a_null_counts_as_not_failed_and_is_counted_as_skipped(tmp_path: Path) -> None:
    own = chosen(written(tmp_path, DOCUMENT))["per_assertion"][0]
    assert (own["true_fail"], own["false_pass"], own["skipped"]) == (1, 1, 1)


@pytest.mark.parametrize(("grade", "missing"), [(True, "bad"), (False, "good")])
def test_without_both_kinds_of_grades_a_figure_is_null_with_its_reason(
    tmp_path: Path, grade: bool, missing: str
) -> None:
    report = chosen(written(tmp_path, {**DOCUMENT, "grades": [grade] * 4}))
    assert report["alignment"] is None
    assert report["undefined"]["alignment"] == f"Undefined because no graded output is {missing}."


def test_people_read_undefined_and_never_nan(tmp_path: Path) -> None:
    output = StringIO()
    path = written(tmp_path, {**DOCUMENT, "grades": [True] * 4})
    call_command("select_assertions", str(path), stdout=output)
    assert "coverage undefined" in output.getvalue()
    assert "nan" not in output.getvalue().lower()


def test_the_integer_program_reaches_the_coverage_asked_for_with_fewer(tmp_path: Path) -> None:
    path = written(tmp_path, DOCUMENT)
    report = chosen(path, "--method", "ilp", "--min-coverage", "0.5")
    assert (report["selected"], report["coverage"]) == (["short"], 0.5)
    assert chosen(path, "--method", "ilp", "--max-ffr", "0")["selected"] == ["short"]


def test_choosing_by_threshold_says_whether_a_coverage_came_out(tmp_path: Path) -> None:
    assert chosen(written(tmp_path, DOCUMENT), "--min-coverage", "0.9")["reaches_min_coverage"] is False


REFUSED = {
    "ragged": (
        {**DOCUMENT, "results": [[True], *DOCUMENT["results"][1:]]},
        "Row 1 of the results has 1 entries",
    ),
    "too few grades": ({**DOCUMENT, "grades": [True]}, "4 rows"),
    "no list": ({**DOCUMENT, "assertions": {}}, '"assertions" must be a list'),
    "a number": ({**DOCUMENT, "results": [[1, 0]] * 4}, "must be true"),
    "a list": ([], "one JSON object"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_problem_is_refused_in_one_sentence_with_status_2(tmp_path: Path, name: str) -> None:
    document, sentence = REFUSED[name]
    with pytest.raises(CommandError, match=sentence) as refusal:
        chosen(written(tmp_path, document))
    assert refusal.value.returncode == 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "not valid JSON"),
        (b'{"assertions": [],\n "results": oops}', r"line 2"),
        (b'{"grades": [NaN]}', "NaN stands where"),
        (b"\xff\xfe{}", "no UTF-8"),
        (b"{} {}", "More text follows"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=sentence) as refusal:
        chosen(path)
    assert refusal.value.returncode == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--max-ffr", "1.5"),
        ("--max-ffr", "nan"),
        ("--min-coverage", "-1"),
        ("--method", "ilp", "--max-ffr", "2"),
    ],
)
def test_a_limit_that_is_no_share_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="between 0 and 1") as refusal:
        chosen(written(tmp_path, DOCUMENT), *arguments)
    assert refusal.value.returncode == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"absent\.json cannot be read"):
        chosen(tmp_path / "absent.json")


def test_the_command_needs_no_database(tmp_path: Path) -> None:
    nowhere = {**os.environ, "DATABASE_URL": "postgresql://nobody@/none?host=/nowhere"}
    command = [sys.executable, "manage.py", "select_assertions", str(written(tmp_path, DOCUMENT)), "--json"]
    done = subprocess.run(command, cwd=CHECKOUT, env=nowhere, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["selected"]
