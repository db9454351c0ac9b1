import math
from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import matthews_corrcoef
from sklearn.model_selection import LeaveOneOut

from annotation.domain.criteria.alignment import Confusion, SelectionProblem, measure_set, select_by_mcc
from annotation.domain.criteria.choosing import METHODS, ChoiceRule, choose, choose_or_nothing
from annotation.domain.criteria.drawn_intervals import DRAWN, drawn_intervals
from annotation.domain.criteria.holding_out import LEAVE_ONE_OUT, PARTS, held_out, rows_of
from annotation.domain.criteria.integer_program import select_by_integer_program
from annotation.domain.criteria.trade_off import trade_off
from curation.domain.versions.intervals import wilson_interval
from tests.annotation.problem_cases import make_problem, problems

counts = st.integers(0, 30)


def oracle_mcc(problem: SelectionProblem, max_ffr: float) -> list[str]:
    """The best of each criterion by scikit-learn's MCC, written apart from the product."""
    chosen = []
    for criterion in {assertion.criterion for assertion in problem.assertions}:
        figures = []
        for column, assertion in enumerate(problem.assertions):
            if assertion.criterion == criterion:
                fails = problem.fails[:, column]
                mcc = matthews_corrcoef(problem.is_bad, fails)
                wronged = float(fails[~problem.is_bad].mean()) if not problem.is_bad.all() else 0.0
                if mcc > 0 and wronged <= max_ffr:
                    figures.append((round(-mcc, 9), wronged, column))
        chosen += [problem.assertions[best[2]].id for best in sorted(figures)[:1]]
    return sorted(chosen)


@given(problems(), st.sampled_from([0.0, 0.25, 1.0]))
def test_selection_by_mcc_equals_brute_force_with_scikit_learn(
    problem: SelectionProblem, max_ffr: float
) -> None:
    assert sorted(select_by_mcc(problem, max_ffr=max_ffr).selected) == sorted(oracle_mcc(problem, max_ffr))


def test_a_criterion_whose_assertions_say_nothing_of_the_grades_gets_none() -> None:
    results = [[False, True], [True, False], [False, True], [True, True]]
    problem = make_problem(results, grades=[False, False, True, True], criteria="xy")
    assert select_by_mcc(problem, max_ffr=0.5).selected == ("a1",)


@settings(deadline=None)
@given(problems(), st.sampled_from(METHODS))
def test_every_rule_gives_a_choice_or_none(problem: SelectionProblem, method: str) -> None:
    found = choose_or_nothing(problem, rule=ChoiceRule(method=method))  # type: ignore[arg-type]
    assert set(found.selected) <= {assertion.id for assertion in problem.assertions}


def test_a_rule_of_the_integer_program_is_that_program() -> None:
    results = [[False, True, False], [True, False, False], [True, True, True]]
    problem = make_problem(results, grades=[False, False, True])
    assert choose(problem, rule=ChoiceRule(method="widest", max_ffr=0.0)).selected == ("a2",)
    half = choose(problem, rule=ChoiceRule(method="fewest", max_ffr=0.0, min_coverage=0.5))
    assert len(half.selected) == 1


@given(counts, counts, counts, counts)
def test_an_interval_holds_its_figure_and_lies_on_the_scale(
    true_fail: int, false_pass: int, true_pass: int, false_fail: int
) -> None:
    confusion = Confusion(
        true_fail=true_fail, false_pass=false_pass, true_pass=true_pass, false_fail=false_fail
    )
    found = drawn_intervals(true_fail, false_pass, true_pass, false_fail)
    assert set(found) == (set(DRAWN) if confusion.bad and confusion.good else set())
    for name, (low, high) in found.items():
        assert -1 <= low <= high <= 1
        value = getattr(confusion, name)
        assert value is None or low - 1e-12 <= value <= high + 1e-12


def test_more_outputs_make_a_narrower_interval() -> None:
    few, many = drawn_intervals(4, 2, 7, 1)["alignment"], drawn_intervals(400, 200, 700, 100)["alignment"]
    assert many.high - many.low < (few.high - few.low) / 5


def test_a_drawn_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    dice = np.random.default_rng(3)
    truth = 2 * 0.7 * 0.8 / (0.7 + 0.8)
    hits = 0
    for _ in range(400):
        caught, wronged = dice.binomial(12, 0.7), dice.binomial(20, 0.2)
        interval = drawn_intervals(int(caught), int(12 - caught), int(20 - wronged), int(wronged))
        hits += interval["alignment"].low <= truth <= interval["alignment"].high
    assert 0.92 <= hits / 400 <= 0.99


def test_held_out_figures_are_those_of_leaving_one_out_by_hand() -> None:
    dice = np.random.default_rng(5)
    grades = (dice.random(14) > 0.4).tolist()
    results = [[bool(dice.random() > (0.1 if good else 0.5)) for _ in range(4)] for good in grades]
    problem = make_problem(results, grades=grades, criteria="xxyy")
    caught = wronged = 0
    for inside, outside in LeaveOneOut().split(results):
        chosen = select_by_mcc(rows_of(problem, inside), max_ffr=0.5).selected
        alone = measure_set(rows_of(problem, outside), selected=chosen)
        caught, wronged = caught + alone.true_fail, wronged + alone.false_fail
    found = held_out(problem, choose=lambda part: select_by_mcc(part, max_ffr=0.5).selected)
    assert (found.together.true_fail, found.together.false_fail, found.parts) == (caught, wronged, 14)


@given(problems())
def test_every_graded_output_is_held_out_once(problem: SelectionProblem) -> None:
    found = held_out(problem, choose=lambda part: select_by_mcc(part, max_ffr=0.5).selected)
    bad = int(problem.is_bad.sum())
    if found.reason:
        assert min(bad, len(problem.is_bad) - bad) < 2
        assert found.together.undefined["coverage"]
    else:
        assert (found.together.bad, found.together.good) == (bad, len(problem.is_bad) - bad)


def test_many_outputs_are_held_out_in_parts_that_have_bad_and_good_ones() -> None:
    grades = [number % 4 > 0 for number in range(LEAVE_ONE_OUT + 40)]
    problem = make_problem([[good] for good in grades], grades=grades)
    seen = []

    def choose_first(part: SelectionProblem) -> list[str]:
        seen.append(int(part.is_bad.sum()))
        return ["a0"]

    found = held_out(problem, choose=choose_first)
    assert (found.parts, set(seen), found.chosen_in) == (PARTS, {18}, {"a0": 1.0})
    assert found.together.alignment == 1.0


def test_a_choice_that_only_fits_noise_looks_worse_on_what_it_did_not_see() -> None:
    dice = np.random.default_rng(1)
    grades = (dice.random(16) > 0.5).tolist()
    noise = [[bool(verdict) for verdict in dice.random(60) > 0.5] for _ in grades]
    problem = make_problem(noise, grades=grades)
    rule = ChoiceRule(method="widest")
    seen = choose(problem, rule=rule)
    honest = held_out(problem, choose=lambda part: choose_or_nothing(part, rule=rule).selected)
    assert (seen.alignment or 0) > 0.8
    assert (honest.together.alignment or 0) < 0.65


def every_set(problem: SelectionProblem) -> list[Confusion]:
    ids = [assertion.id for assertion in problem.assertions]
    sets = chain.from_iterable(combinations(ids, size) for size in range(len(ids) + 1))
    return [measure_set(problem, selected=chosen) for chosen in sets]


@settings(deadline=None, max_examples=60)
@given(problems())
def test_the_trade_off_is_the_front_of_all_sets(problem: SelectionProblem) -> None:
    curve = trade_off(problem, seconds=60)
    assert curve.is_proven
    if not problem.is_bad.any():
        assert curve.points == ()
        return
    measured = every_set(problem)
    for point in curve.points:
        within = [
            one.true_fail
            for one in measured
            if (one.false_failure_rate or 0) <= (point.false_failure_rate or 0)
        ]
        assert point.together.true_fail == max(within)
    assert curve.points[-1].together.true_fail == max(one.true_fail for one in measured)
    coverages = [point.coverage for point in curve.points]
    assert coverages == sorted(set(coverages))  # type: ignore[type-var]


def test_a_curve_without_time_keeps_its_limits_and_says_that_nothing_is_proved() -> None:
    dice = np.random.default_rng(2)
    grades = (dice.random(200) > 0.3).tolist()
    results = [[bool(dice.random() > (0.05 if good else 0.3)) for _ in range(50)] for good in grades]
    curve = trade_off(make_problem(results, grades=grades), seconds=0)
    assert not curve.is_proven
    assert curve.points


def test_json_of_a_confusion_has_an_interval_for_every_figure() -> None:
    figures = Confusion(true_fail=5, false_pass=2, true_pass=8, false_fail=1).as_json()
    for name in ("coverage", "false_failure_rate", *DRAWN):
        low, high = figures[f"{name}_interval"]
        assert low <= figures[name] <= high
        assert math.isfinite(low)
    assert figures["coverage_interval"] == list(wilson_interval(5, 7) or ())
    assert Confusion(true_fail=0, false_pass=0, true_pass=8, false_fail=1).as_json()["mcc_interval"] is None


def test_the_surest_choice_is_the_point_of_the_curve_with_the_highest_low_end() -> None:
    dice = np.random.default_rng(7)
    grades = (dice.random(16) > 0.4).tolist()
    results = [[bool(dice.random() > (0.1 if good else 0.4)) for _ in range(8)] for good in grades]
    problem = make_problem(results, grades=grades)
    ends = [
        drawn_intervals(one.true_fail, one.false_pass, one.true_pass, one.false_fail)["alignment"].low
        for one in (point.together for point in trade_off(problem, seconds=60).points)
    ]
    surest = choose(problem, rule=ChoiceRule(method="surest", seconds=60))
    assert (surest.together.alignment_interval or (0, 0))[0] == max(ends)


@pytest.mark.parametrize("seed", range(3))
def test_the_exact_choice_is_as_good_as_every_set_on_larger_draws(seed: int) -> None:
    dice = np.random.default_rng(seed)
    grades = (dice.random(30) > 0.4).tolist()
    results = [[bool(dice.random() > (0.1 if good else 0.35)) for _ in range(11)] for good in grades]
    problem = make_problem(results, grades=grades)
    best = select_by_integer_program(problem, max_ffr=0.25, seconds=60).together
    assert best.true_fail == max(
        one.true_fail for one in every_set(problem) if (one.false_failure_rate or 0) <= 0.25
    )
