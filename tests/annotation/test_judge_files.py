"""A judge measured on a plain file: the figures of independent libraries, closed forms, and clear refusals."""

import csv
import json
import math
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from annotation.domain.figures import Undefined
from annotation.domain.judges.labels import JudgedRow, judged_labels
from annotation.domain.judges.report import Drawn, JudgeReport, report_judge

ROWS = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from("abcd"), st.booleans(), st.booleans()),
    min_size=1,
    max_size=60,
)


def reported(rows: list[tuple[Any, ...]], **more: Any) -> JudgeReport:
    labels = judged_labels(
        JudgedRow(str(item), system, str(human), str(judge)) for item, system, human, judge in rows
    )
    return report_judge(labels, drawn=Drawn(rounds=0), **more)


def written(folder: Path, rows: list[list[object]], *, columns: str = "item,system,human,judge") -> Path:
    path = folder / "verdicts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns.split(","), *rows])
    return path


def validated(path: Path, *arguments: str) -> dict[str, Any]:
    output = StringIO()
    call_command("validate_judge", str(path), "--json", *arguments, stdout=output)
    report: dict[str, Any] = json.loads(output.getvalue().splitlines()[-1])
    return report


def refused(path: Path, *arguments: str) -> str:
    with pytest.raises(CommandError) as error:
        validated(path, *arguments)
    assert error.value.returncode == 2
    return str(error.value)


def same(ours: Any, theirs: float) -> bool:
    return (isinstance(ours, Undefined) and math.isnan(theirs)) or ours == pytest.approx(theirs)


@given(ROWS)
@pytest.mark.filterwarnings("ignore")
def test_kappa_is_that_of_scikit_learn(rows: list[tuple[int, str, bool, bool]]) -> None:
    humans, judges = [row[2] for row in rows], [row[3] for row in rows]
    figures = reported(rows).figures
    assert same(figures["cohen_kappa"], cohen_kappa_score(humans, judges))
    assert figures["agreement"] == pytest.approx(np.mean(np.equal(humans, judges)))


@given(ROWS)
def test_pi_takes_the_habits_of_both_for_one(rows: list[tuple[int, str, bool, bool]]) -> None:
    humans, judges = (np.array([row[place] for row in rows]) for place in (2, 3))
    share = (humans.mean() + judges.mean()) / 2
    chance = share**2 + (1 - share) ** 2
    observed = (humans == judges).mean()
    assert same(
        reported(rows).figures["scott_pi"], (observed - chance) / (1 - chance) if chance < 1 else math.nan
    )


@given(ROWS)
@pytest.mark.filterwarnings("ignore")
def test_the_order_of_systems_is_that_of_scipy(rows: list[tuple[int, str, bool, bool]]) -> None:
    names = sorted({row[1] for row in rows})
    humans, judges = (
        [np.mean([row[place] for row in rows if row[1] == name]) for name in names] for place in (2, 3)
    )
    theirs = stats.spearmanr(humans, judges).statistic if len(names) > 1 else math.nan
    report = reported(rows)
    assert same(report.figures["rank_correlation"], theirs)
    assert {each.name: each.shift for each in report.systems} == pytest.approx(
        {name: judge - human for name, human, judge in zip(names, humans, judges, strict=True)}
    )


@given(applied=st.floats(0.05, 0.95), passes=st.floats(0.05, 0.95))
def test_leniency_is_found_again_in_a_judge_of_that_leniency(applied: float, passes: float) -> None:
    """Counts of a judge that goes by the criterion with Pc and passes with P+ otherwise, a million of each class."""
    from annotation.domain.judges.coefficients import leniencies

    positive = applied + (1 - applied) * passes
    negative = applied + (1 - applied) * (1 - passes)
    table = np.array([[negative, 1 - negative], [1 - positive, positive]]) * 1e6
    assert float(leniencies(table, good=1)) == pytest.approx(passes)


def test_a_judge_without_an_error_has_no_leniency_and_a_kappa_of_one() -> None:
    figures = reported([(1, "a", True, True), (2, "b", False, False)]).figures
    assert figures["cohen_kappa"] == 1
    assert isinstance(figures["leniency"], Undefined)


def test_high_agreement_may_hide_a_bad_order_of_systems(tmp_path: Path) -> None:
    rows: list[list[object]] = [[n, name, 1, 1] for n in range(90) for name in "abc"]
    rows += [[100 + n, name, int(name == "a"), int(name != "a")] for n in range(5) for name in "abc"]
    report = validated(written(tmp_path, rows))
    assert report["agreement"] > 0.9
    assert report["rank_correlation"] < 0


def test_the_command_answers_with_its_keys_and_intervals_that_hold_their_figures(tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    rows: list[list[object]] = [
        [item, system, human, human if chance.random() < 0.8 else 1 - human]
        for item in range(80)
        for system in "abc"
        for human in [int(chance.random() < {"a": 0.8, "b": 0.5, "c": 0.2}[system])]
    ]
    report = validated(written(tmp_path, rows))
    named = ("agreement", "cohen_kappa", "scott_pi", "leniency")
    assert {*named, "per_system", "rank_correlation"} <= set(report)
    for name in named:
        low, high = report["intervals"][name]
        assert low <= report[name] <= high
        assert low < high
    assert set(report["per_system"]) == set("abc")
    assert report["rank_correlation"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("human", "judge"),
    [("1", "0"), ("TRUE", "False"), ("correct", "Incorrect"), ("1.0", "0.0"), ("pass", "fail")],
)
def test_usual_words_for_passing_are_one(tmp_path: Path, human: str, judge: str) -> None:
    report = validated(written(tmp_path, [[1, "a", human, judge], [2, "a", judge, judge]]))
    assert (report["labels"], report["confusion"]) == (["bad", "good"], [[1, 0], [1, 0]])


def test_other_words_are_said_to_pass_with_good(tmp_path: Path) -> None:
    path = written(tmp_path, [[1, "a", "fine", "fine"], [2, "a", "poor", "fine"], [3, "b", "poor", "poor"]])
    assert validated(path)["leniency"] is None
    assert validated(path, "--good", "fine")["leniency"] == 1
    assert "no label 'great'" in refused(path, "--good", "great")


def test_numbers_are_a_scale_whose_means_rank_the_systems(tmp_path: Path) -> None:
    report = validated(written(tmp_path, [[1, "a", 5, 4], [1, "b", 3, 3], [2, "a", 4, 5], [2, "b", 1, 2]]))
    assert report["per_system"]["b"]["human"] == 2
    assert report["rank_correlation"] == pytest.approx(1)
    assert "two classes" in report["undefined"]["leniency"]


def test_a_reference_brings_the_rules_that_a_judge_must_beat(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [1, "a", 1, 1, "Paris.", "Paris"],
        [1, "b", 1, 1, "It is Paris", "Paris"],
        [2, "a", 0, 0, "Rome", "Oslo"],
        [2, "b", 0, 1, "Bonn", "Oslo"],
    ]
    report = validated(written(tmp_path, rows, columns="item,system,human,judge,answer,reference"))
    assert report["baselines"]["contains"]["cohen_kappa"] == 1
    assert report["baselines"]["exact_match"]["agreement"] == 0.75
    assert set(validated(written(tmp_path, [row[:4] for row in rows]))["baselines"]) == {"always_pass"}


def test_rows_without_a_label_are_left_out_and_counted(tmp_path: Path) -> None:
    report = validated(
        written(tmp_path, [[1, "a", 1, ""], [2, "a", "N/A (lost)", 0], [3, "a", 1, 1], [4, "a", 0, 1]])
    )
    assert report["rows"] == 2
    assert report["missing"] == {"judge: empty": 1, "human: lost": 1}


def test_what_cannot_be_read_is_refused_with_a_sentence(tmp_path: Path) -> None:
    assert "no column judge" in refused(written(tmp_path, [[1, "a", 1]], columns="item,system,human"))
    assert "line 2: the column system is empty" in refused(written(tmp_path, [[1, "", 1, 1]]))
    assert "no row with a label" in refused(written(tmp_path, [[1, "a", "", 1]]))
    assert "a header and no row" in refused(written(tmp_path, []))
    assert "cannot be" in refused(tmp_path / "absent.csv") or "absent.csv" in refused(tmp_path / "absent.csv")


def test_one_class_is_undefined_and_never_nan(tmp_path: Path) -> None:
    output = validated(written(tmp_path, [[1, "a", 1, 1], [2, "a", 1, 1]]))
    assert (output["agreement"], output["cohen_kappa"], output["scott_pi"]) == (1, None, None)
    assert "told from chance" in output["undefined"]["cohen_kappa"]
    assert "NaN" not in json.dumps(output)
