"""Reading a selection problem from a plain JSON document: what is wrong is said with its place."""

from collections.abc import Mapping, Sequence
from typing import Any

from annotation.domain.criteria.alignment import (
    AssertionKey,
    SelectionProblem,
    SelectionProblemError,
    selection_problem,
)


def parse_selection_problem(document: Any) -> SelectionProblem:
    """Read {"assertions": [{"id", "criterion"}], "results": [[true|false|null]], "grades": [true|false]}.

    Rows of results are outputs, columns assertions; true means passes, or good. Raises SelectionProblemError.
    """
    if not isinstance(document, Mapping):
        raise _refusal(f"The file must hold one JSON object, found {_kind(document)}.")
    entries = _list_at(document, "assertions")
    rows = _list_at(document, "results")
    grades = _list_at(document, "grades")
    assertions = tuple(
        _parse_assertion(entry, number=number) for number, entry in enumerate(entries, start=1)
    )
    _refuse_repeated_ids(assertions)
    _refuse_unequal_lengths(rows, grades=grades)
    return selection_problem(
        assertions,
        results=[
            _parse_row(row, number=number, width=len(entries)) for number, row in enumerate(rows, start=1)
        ],
        grades=[_parse_grade(grade, number=number) for number, grade in enumerate(grades, start=1)],
    )


def _list_at(document: Mapping[str, Any], key: str) -> list[Any]:
    entries = document.get(key)
    if not isinstance(entries, list):
        found = _kind(entries) if key in document else "nothing"
        raise _refusal(f'"{key}" must be a list, found {found}.')
    if not entries:
        raise _refusal(f'"{key}" is empty, so there is nothing to choose from.')
    return entries


def _parse_assertion(entry: Any, *, number: int) -> AssertionKey:
    if not isinstance(entry, Mapping):
        raise _refusal(
            f"Assertion {number} must be an object with an id and a criterion, found {_kind(entry)}."
        )
    for key in ("id", "criterion"):
        if not isinstance(entry.get(key), str) or not entry[key]:
            raise _refusal(f'Assertion {number} needs a text under "{key}".')
    return AssertionKey(id=entry["id"], criterion=entry["criterion"])


def _refuse_repeated_ids(assertions: Sequence[AssertionKey]) -> None:
    seen: set[str] = set()
    for assertion in assertions:
        if assertion.id in seen:
            raise _refusal(f"Two assertions have the id {assertion.id!r}. Each needs its own.")
        seen.add(assertion.id)


def _refuse_unequal_lengths(rows: list[Any], *, grades: list[Any]) -> None:
    if len(rows) != len(grades):
        raise _refusal(
            f'"results" has {len(rows)} rows and "grades" {len(grades)} entries. '
            "Each graded output needs one of both; leave ungraded outputs out."
        )


def _parse_row(row: Any, *, number: int, width: int) -> list[bool | None]:
    if not isinstance(row, list):
        raise _refusal(f"Row {number} of the results must be a list, found {_kind(row)}.")
    if len(row) != width:
        raise _refusal(
            f"Row {number} of the results has {len(row)} entries, one for each of {width} assertions is due."
        )
    for column, verdict in enumerate(row, start=1):
        if verdict is not None and not isinstance(verdict, bool):
            raise _refusal(
                f"Row {number}, column {column} of the results must be true (passes), false (fails) "
                f"or null (skipped), found {_kind(verdict)}."
            )
    return row


def _parse_grade(grade: Any, *, number: int) -> bool:
    if not isinstance(grade, bool):
        raise _refusal(
            f"Grade {number} must be true (good) or false (bad), found {_kind(grade)}. "
            "Leave ungraded outputs out."
        )
    return grade


def _kind(value: Any) -> str:
    """Name a JSON value as its author knows it."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "null"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    return f"the number {value}" if not isinstance(value, bool) else str(value).lower()


def _refusal(sentence: str) -> SelectionProblemError:
    return SelectionProblemError(sentence)
