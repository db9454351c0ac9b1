"""Choosing assertions from a plain file: the same arithmetic as on the screen, without a database."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from annotation.domain.criteria.alignment import (
    Selection,
    SelectionProblem,
    SelectionProblemError,
    select_by_mcc,
    select_by_threshold,
)
from annotation.domain.criteria.choosing import ChoiceRule, choose_or_nothing
from annotation.domain.criteria.holding_out import held_out
from annotation.domain.criteria.integer_program import select_by_integer_program
from annotation.domain.criteria.problem_files import parse_selection_problem
from curation.domain.importers.json_decoding import RecordDecoder, trailing_fault

METHODS = ("threshold", "mcc", "ilp")


# A held-out figure takes a choice for each part, so each gets a part of the time that one choice would have.
SECONDS_PER_PART = 0.2


def select_in_file(
    *, path: Path, method: str, max_ffr: float, min_coverage: float | None = None, holds_out: bool = False
) -> dict[str, Any]:
    """Return what `select_assertions` prints; raises SelectionProblemError with a sentence.

    With `holds_out`, the figures of choices that did not see the grades they are measured on stand beside the others.
    """
    problem = parse_selection_problem(_read_json(path))
    selection = _select(problem, method=method, max_ffr=max_ffr, min_coverage=min_coverage)
    report = {**selection.as_json(), "method": method, "max_ffr": max_ffr}
    if min_coverage is not None:
        report["min_coverage"] = min_coverage
        # Choosing by threshold does not aim at a coverage, so the report says whether it came out.
        report["reaches_min_coverage"] = (
            None if selection.coverage is None else selection.coverage >= min_coverage
        )
    if holds_out:
        report["held_out"] = _held_out(problem, method=method, max_ffr=max_ffr, min_coverage=min_coverage)
    return report


def _held_out(
    problem: SelectionProblem, *, method: str, max_ffr: float, min_coverage: float | None
) -> dict[str, Any]:
    rule = ChoiceRule(method="widest", max_ffr=max_ffr, seconds=SECONDS_PER_PART)
    if method in ("threshold", "mcc"):
        rule = replace(rule, method="threshold" if method == "threshold" else "mcc")
    elif min_coverage is not None:
        rule = replace(rule, method="fewest", min_coverage=min_coverage)
    return held_out(problem, choose=lambda part: choose_or_nothing(part, rule=rule).selected).as_json()


def _select(
    problem: SelectionProblem, *, method: str, max_ffr: float, min_coverage: float | None
) -> Selection:
    if min_coverage is not None and not 0 <= min_coverage <= 1:
        raise SelectionProblemError(f"A coverage to reach lies between 0 and 1, found {min_coverage}.")
    if method == "ilp":
        return select_by_integer_program(problem, max_ffr=max_ffr, min_coverage=min_coverage)
    if method == "mcc":
        return select_by_mcc(problem, max_ffr=max_ffr)
    return select_by_threshold(problem, max_ffr=max_ffr)


def _read_json(path: Path) -> Any:
    text = _read_text(path)
    start = len(text) - len(text.lstrip())
    decoded = RecordDecoder().decode(text, start=start)
    fault = decoded.fault or trailing_fault(text, end=decoded.end)
    if fault:
        line = f" (line {text.count(chr(10), 0, fault.at) + 1})" if fault.at is not None else ""
        raise SelectionProblemError(f"{path.name}{line}: {fault.sentence}")
    return decoded.value


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SelectionProblemError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    except UnicodeDecodeError as error:
        raise SelectionProblemError(
            f"{path.name} is no UTF-8 text: byte {error.start + 1} fits no character. Save it as UTF-8."
        ) from error
