import copy
import json
import math
import random
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, f1_score, matthews_corrcoef

from annotation.domain.criteria.alignment import (
    SKIP_RULE,
    Confusion,
    SelectionProblem,
    SelectionProblemError,
    measure_assertions,
    measure_set,
    select_by_threshold,
)
from annotation.domain.criteria.problem_files import parse_selection_problem
from tests.annotation.problem_cases import make_problem, problems

DOCUMENT: dict[str, Any] = {
    "assertions": [{"id": "short", "criterion": "length"}, {"id": "kind", "criterion": "tone"}],
    "results": [[True, False], [None, True], [False, True]],
    "grades": [True, False, False],
}


def oracle_figures(problem: SelectionProblem, columns: list[int]) -> tuple[float | None, float | None]:
    """Coverage and false failure rate of a set, counted one output at a time."""
    caught = wronged = bad = good = 0
    for row in range(len(problem.is_bad)):
        fails = any(problem.fails[row, column] for column in columns)
        if problem.is_bad[row]:
            bad, caught = bad + 1, caught + fails
        else:
            good, wronged = good + 1, wronged + fails
    return (caught / bad if bad else None), (wronged / good if good else None)


@given(problems(), st.data())
def test_figures_of_a_set_equal_counting_by_hand(problem: SelectionProblem, data: st.DataObject) -> None:
    columns = data.draw(st.lists(st.integers(0, len(problem.assertions) - 1), unique=True))
    together = measure_set(problem, selected=[problem.assertions[column].id for column in columns])
    assert (together.coverage, together.false_failure_rate) == oracle_figures(problem, columns)


@given(problems())
def test_a_set_of_one_is_measured_as_the_assertion_itself(problem: SelectionProblem) -> None:
    alone = measure_assertions(problem)
    assert alone == [measure_set(problem, selected=[assertion.id]) for assertion in problem.assertions]


@given(problems())
def test_f1_mcc_and_kappa_are_those_of_scikit_learn(problem: SelectionProblem) -> None:
    failed, bad = problem.fails[:, 0], problem.is_bad
    confusion = measure_assertions(problem)[0]
    if confusion.f1 is not None:
        assert confusion.f1 == pytest.approx(f1_score(bad, failed))
    if confusion.mcc is not None:
        assert confusion.mcc == pytest.approx(matthews_corrcoef(bad, failed))
    if confusion.cohen_kappa is not None:
        assert confusion.cohen_kappa == pytest.approx(cohen_kappa_score(bad, failed, labels=[False, True]))


@given(problems())
def test_every_figure_is_a_number_or_says_why_it_has_none(problem: SelectionProblem) -> None:
    for confusion in measure_assertions(problem):
        figures = ("coverage", "false_failure_rate", "alignment", "f1", "mcc", "cohen_kappa")
        values = {figure: getattr(confusion, figure) for figure in figures}
        assert {figure for figure, value in values.items() if value is None} == set(confusion.undefined)
        assert all(math.isfinite(value) for value in values.values() if value is not None)


def test_alignment_is_the_harmonic_mean_of_coverage_and_spared_good_outputs() -> None:
    confusion = Confusion(true_fail=73, false_pass=27, true_pass=61, false_fail=39)
    assert confusion.alignment == pytest.approx(2 * 0.73 * 0.61 / (0.73 + 0.61))


def test_an_assertion_that_is_always_wrong_has_alignment_zero() -> None:
    assert Confusion(true_fail=0, false_pass=3, true_pass=0, false_fail=4).alignment == 0.0


def test_without_bad_outputs_coverage_is_undefined_and_says_so() -> None:
    confusion = Confusion(true_fail=0, false_pass=0, true_pass=3, false_fail=1)
    assert confusion.coverage is None
    assert confusion.undefined["coverage"] == "Undefined because no graded output is bad."
    assert confusion.undefined["alignment"] == "Undefined because no graded output is bad."


def test_a_skip_is_counted_and_leaves_its_output_in_the_denominator() -> None:
    confusion = measure_assertions(make_problem([[None], [False]], grades=[False, False]))[0]
    assert (confusion.skipped, confusion.coverage) == (1, 0.5)


def test_a_set_skips_an_output_only_where_all_of_it_skip() -> None:
    problem = make_problem([[None, None], [None, True]], grades=[True, True])
    assert measure_set(problem, selected=["a0", "a1"]).skipped == 1


def test_the_highest_coverage_within_the_tolerance_is_chosen() -> None:
    # a0 covers all but fails half of the good; a1 covers half and fails none.
    results = [[False, False], [False, True], [False, True], [True, True]]
    problem = make_problem(results, grades=[False, False, True, True], criteria="xx")
    assert select_by_threshold(problem, max_ffr=0.25).selected == ("a1",)
    assert select_by_threshold(problem, max_ffr=0.5).selected == ("a0",)


def test_where_none_is_within_the_tolerance_all_compete() -> None:
    results = [[False, True], [False, False]]
    problem = make_problem(results, grades=[False, True], criteria="xx")
    assert select_by_threshold(problem, max_ffr=0.25).selected == ("a0",)


def test_equal_coverage_is_decided_by_fewer_false_failures() -> None:
    results = [[False, False], [False, True], [True, True], [True, True]]
    problem = make_problem(results, grades=[False, True, True, True], criteria="xx")
    assert select_by_threshold(problem, max_ffr=0.5).selected == ("a1",)


def test_each_criterion_may_have_its_own_tolerance() -> None:
    results = [[False, False] * 2, [False, True] * 2, [False, True] * 2, [True, True] * 2]
    problem = make_problem(results, grades=[False, False, True, True], criteria="xxyy")
    assert select_by_threshold(problem, max_ffr={"x": 0.5, "y": 0.25}).selected == ("a0", "a3")


def oracle_threshold(problem: SelectionProblem, max_ffr: float) -> list[str]:
    """EvalGen's rule by sorting, written apart from the product."""
    chosen = []
    for criterion in {assertion.criterion for assertion in problem.assertions}:
        columns = [n for n, assertion in enumerate(problem.assertions) if assertion.criterion == criterion]
        figures = [(*oracle_figures(problem, [column]), column) for column in columns]
        ranked = sorted((-(coverage or 0), ffr or 0, column) for coverage, ffr, column in figures)
        within = [entry for entry in ranked if entry[1] <= max_ffr]
        chosen.append(problem.assertions[(within or ranked)[0][2]].id)
    return sorted(chosen)


@given(problems(), st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0]))
def test_selection_by_threshold_equals_brute_force(problem: SelectionProblem, max_ffr: float) -> None:
    assert sorted(select_by_threshold(problem, max_ffr=max_ffr).selected) == oracle_threshold(
        problem, max_ffr
    )


def test_a_selection_is_json_without_nan() -> None:
    selection = select_by_threshold(parse_selection_problem(DOCUMENT), max_ffr=0.25).as_json()
    assert json.loads(json.dumps(selection, allow_nan=False)) == selection
    assert {"selected", "coverage", "false_failure_rate", "alignment", "per_assertion"} <= set(selection)
    assert selection["skip_rule"] == SKIP_RULE


def test_the_entry_of_an_assertion_names_it_and_its_counts() -> None:
    selection = select_by_threshold(parse_selection_problem(DOCUMENT), max_ffr=0.25)
    entry = selection.as_json()["per_assertion"][0]
    assert (entry["id"], entry["criterion"], entry["selected"]) == ("short", "length", True)
    counts = ("true_fail", "false_pass", "true_pass", "false_fail", "skipped")
    assert [entry[count] for count in counts] == [1, 1, 1, 0, 1]


def test_a_document_is_read_as_it_stands() -> None:
    problem = parse_selection_problem(DOCUMENT)
    assert problem.fails.tolist() == [[False, True], [False, False], [True, False]]
    assert problem.skips.tolist() == [[False, False], [True, False], [False, False]]
    assert problem.is_bad.tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("results", 1), [True], "Row 2 of the results has 1 entries, one for each of 2"),
        (("results", 1), "yes", "Row 2 of the results must be a list"),
        (("results", 0, 1), "pass", "Row 1, column 2 of the results must be true (passes)"),
        (("results", 0, 1), 1, "found the number 1"),
        (("results", 2, 0), float("nan"), "found the number nan"),
        (("results",), [], '"results" is empty'),
        (("results",), [[True, True]], '"results" has 1 rows and "grades" 3 entries'),
        (("grades", 2), None, "Grade 3 must be true (good) or false (bad), found null"),
        (("grades",), {}, '"grades" must be a list, found an object'),
        (("assertions",), None, '"assertions" must be a list, found null'),
        (("assertions", 0), "short", "Assertion 1 must be an object"),
        (("assertions", 1, "criterion"), 3, 'Assertion 2 needs a text under "criterion"'),
        (("assertions", 1, "id"), "short", "Two assertions have the id 'short'"),
    ],
)
def test_a_document_that_cannot_be_read_is_refused_with_the_place(
    path: tuple[str | int, ...], value: object, words: str
) -> None:
    document: Any = copy.deepcopy(DOCUMENT)
    parent = document
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    with pytest.raises(SelectionProblemError) as refusal:
        parse_selection_problem(document)
    assert words in str(refusal.value)


def test_a_missing_part_is_named() -> None:
    with pytest.raises(SelectionProblemError, match='"grades" must be a list, found nothing'):
        parse_selection_problem({key: value for key, value in DOCUMENT.items() if key != "grades"})


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)


@given(json_values)
def test_no_document_raises_anything_but_a_sentence(document: object) -> None:
    for candidate in (document, {**DOCUMENT, "results": document}, {**DOCUMENT, "grades": document}):
        with suppress(SelectionProblemError):
            parse_selection_problem(candidate)


def test_a_tolerance_outside_the_scale_is_refused() -> None:
    with pytest.raises(SelectionProblemError, match="between 0 and 1"):
        select_by_threshold(parse_selection_problem(DOCUMENT), max_ffr=25)


def test_a_criterion_without_a_tolerance_is_named() -> None:
    with pytest.raises(SelectionProblemError, match="'tone'"):
        select_by_threshold(parse_selection_problem(DOCUMENT), max_ffr={"length": 0.1})


def test_two_hundred_assertions_over_two_thousand_outputs_are_measured() -> None:
    dice = random.Random(1)
    results = [[dice.random() > 0.2 for _ in range(200)] for _ in range(2000)]
    problem = make_problem(results, grades=[dice.random() > 0.3 for _ in range(2000)], criteria="abcd" * 50)
    selection = select_by_threshold(problem, max_ffr=0.25)
    chosen = problem.fails[:, problem.indices(selection.selected)]
    assert len(selection.selected) == 4
    assert selection.together.true_fail == np.count_nonzero(chosen.any(axis=1) & problem.is_bad)
