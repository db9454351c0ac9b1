"""Intervals, slices, pairs in one order, and the command on plain files."""

import csv
import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import given
from hypothesis import strategies as st

from annotation.domain.agreement.alpha import AlphaTerms, krippendorff_alpha
from annotation.domain.agreement.drawn_annotators import DrawnLabels
from annotation.domain.agreement.many_annotators import pairwise_agreement
from annotation.domain.agreement.pair_order import ordered_pair
from annotation.domain.agreement.report import Cluster, Drawing, agreement_intervals, report_agreement
from annotation.domain.agreement.two_annotators import annotator_pairs
from annotation.domain.figures import Figure, Range, Undefined
from annotation.domain.labels import LabelRow, LabelTable, Level, label_table
from curation.domain.versions.intervals import Interval
from tests.paths import CHECKOUT

LEVELS = pytest.mark.parametrize("level", list(Level))


def drawn_table(*, items: int, annotators: int, right: float, seed: int) -> LabelTable:
    """Return labels of annotators who give an item's own value with this probability, else any of three."""
    chance = np.random.default_rng(seed)
    return label_table(
        LabelRow(str(item), str(person), str(item % 3 if chance.random() < right else chance.integers(3)))
        for item in range(items)
        for person in range(annotators)
    )


def value(figure: Figure) -> float:
    assert isinstance(figure, float)
    return figure


def ends(interval: Range) -> Interval:
    assert isinstance(interval, Interval)
    return interval


def written(folder: Path, rows: list[list[object]], *, columns: str = "item,annotator,label") -> Path:
    path = folder / "labels.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns.split(","), *rows])
    return path


def measured(path: Path, *arguments: str) -> dict[str, Any]:
    output = StringIO()
    call_command("measure_agreement", str(path), "--json", *arguments, stdout=output)
    report: dict[str, Any] = json.loads(output.getvalue().splitlines()[-1])
    return report


def refused(path: Path, *arguments: str) -> str:
    with pytest.raises(CommandError) as error:
        measured(path, *arguments)
    assert error.value.returncode == 2
    return str(error.value)


@LEVELS
@pytest.mark.parametrize("cluster", list(Cluster))
def test_an_interval_holds_its_figure_and_repeats_with_its_seed(level: Level, cluster: Cluster) -> None:
    table = drawn_table(items=60, annotators=8, right=0.6, seed=1)
    drawing = Drawing(cluster=cluster, rounds=300, seed=5)
    first, again = (agreement_intervals(table, level=level, drawing=drawing) for _ in range(2))
    assert first == again
    low, high = ends(first["alpha"])
    assert low < value(krippendorff_alpha(table, level=level)) < high


def test_an_interval_covers_what_many_labels_show() -> None:
    truth = value(krippendorff_alpha(drawn_table(items=5000, annotators=3, right=0.6, seed=0)))
    covered = 0
    for seed in range(40):
        table = drawn_table(items=60, annotators=3, right=0.6, seed=seed + 1)
        intervals = agreement_intervals(table, level=Level.NOMINAL, drawing=Drawing(rounds=200))
        low, high = ends(intervals["alpha"])
        covered += low <= truth <= high
    assert covered >= 34


@LEVELS
@given(seed=st.integers(0, 1000))
def test_drawing_every_item_or_annotator_once_gives_the_figure(level: Level, seed: int) -> None:
    table = drawn_table(items=6, annotators=4, right=0.5, seed=seed)
    alpha = krippendorff_alpha(table, level=level)
    drawn = DrawnLabels.of(table, level=level)
    if isinstance(alpha, Undefined):
        return
    assert drawn.alpha(np.ones(4)) == pytest.approx(alpha, abs=1e-9)
    assert drawn.pairwise(np.ones(4)) == pytest.approx(pairwise_agreement(table))


@LEVELS
def test_drawing_an_item_twice_is_having_it_twice(level: Level) -> None:
    rows = [("1", "ab"), ("2", "aa"), ("3", "bb"), ("4", "cb")]
    numbers = {"a": "1", "b": "2", "c": "5"}

    def table(names: list[tuple[str, str]]) -> LabelTable:
        return label_table(
            LabelRow(f"{at}", f"person{who}", numbers[letter])
            for at, (_, letters) in enumerate(names)
            for who, letter in enumerate(letters)
        )

    once, twice = table(rows), table([*rows, rows[0]])
    drawn = AlphaTerms.of(once, level=level).alphas(np.array([[2.0, 1, 1, 1]]))[0]
    assert drawn == pytest.approx(krippendorff_alpha(twice, level=level))


def test_an_annotator_drawn_twice_is_not_compared_with_the_copy() -> None:
    table = label_table(LabelRow("1", person, label) for person, label in (("x", "a"), ("y", "b")))
    assert DrawnLabels.of(table, level=Level.NOMINAL).pairwise(np.array([5.0, 1.0])) == 0


def test_full_agreement_on_few_items_is_no_proof() -> None:
    rows = [LabelRow(str(item), person, str(item)) for item in range(4) for person in "xy"]
    report = report_agreement(label_table(rows), drawing=Drawing(rounds=50))
    interval = report.intervals["pairwise_agreement"]
    assert isinstance(interval, Interval)
    assert interval.low < 0.6
    assert interval.high == 1


@given(a=st.text(), b=st.text(), label=st.sampled_from(["a", "b", "tie", "2", "-1.5", "0", None]))
def test_both_orders_of_a_pair_are_one(a: str, b: str, label: str | None) -> None:
    other = {"a": "b", "b": "a", "2": "-2", "-1.5": "1.5"}
    if a != b:
        assert ordered_pair(a, b, label=label) == ordered_pair(b, a, label=other.get(label, label))


def test_the_command_answers_with_the_keys_that_it_promises(tmp_path: Path) -> None:
    rows = [[1, "x", "a"], [1, "y", "a"], [2, "x", "b"], [2, "y", "b"], [3, "x", "a"], [3, "y", "b"]]
    report = measured(written(tmp_path, rows), "--rounds", "100")
    assert (report["items"], report["annotators"]) == (3, 2)
    assert report["alpha"] == pytest.approx(0.4444444)
    assert report["fleiss_kappa"] == pytest.approx(1 / 3)
    assert report["cohen_kappa"] == {"x|y": pytest.approx(0.4)}
    assert report["pairwise_agreement"] == pytest.approx(2 / 3)
    assert report["interval"][0] <= report["alpha"] <= report["interval"][1]
    assert report["undefined"] == {}


def test_gaps_are_counted_by_reason_and_not_as_labels(tmp_path: Path) -> None:
    rows = [
        [1, "x", 4],
        [1, "y", 4.0],
        [2, "x", "NaN"],
        [2, "y", "N/A (image broken)"],
        [3, "x", ""],
        [3, "y", 1],
    ]
    report = measured(written(tmp_path, rows), "--level", "interval")
    assert report["missing"] == {"NaN": 1, "image broken": 1, "empty": 1}
    assert (report["labels"], report["compared_items"]) == (3, 1)


def test_swapped_sides_are_the_same_pair_and_the_same_label(tmp_path: Path) -> None:
    columns = "item,response_a,response_b,annotator,label"
    rows = [
        ["1", "r1", "r2", "x", "a"],
        ["1", "r2", "r1", "y", "b"],
        ["2", "r1", "r2", "x", "b"],
        ["2", "r1", "r2", "y", "b"],
    ]
    report = measured(written(tmp_path, rows, columns=columns))
    assert (report["items"], report["alpha"]) == (2, 1)


def test_a_label_given_again_is_a_test_of_the_annotator_with_herself(tmp_path: Path) -> None:
    rows = [[1, "x", "a"], [1, "y", "a"], [2, "x", "b"], [2, "y", "b"], [1, "x", "b"], [2, "x", "b"]]
    report = measured(written(tmp_path, rows))
    assert (report["alpha"], report["repeated"], report["self_agreement"]) == (1, 2, 0.5)


def test_slices_have_figures_of_their_own(tmp_path: Path) -> None:
    rows = [[1, "x", "a", "en"], [1, "y", "a", "en"], [2, "x", "a", "de"], [2, "y", "b", "de"]]
    report = measured(written(tmp_path, rows, columns="item,annotator,label,language"), "--by", "language")
    assert {name: part["pairwise_agreement"] for name, part in report["slices"].items()} == {"de": 0, "en": 1}


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([[1, "x", "a"], [2, "x", "b"]], "there is one annotator"),
        ([[1, "x", "a"], [2, "y", "b"]], "no item was labelled by two annotators"),
        ([[1, "x", "a"], [1, "y", "a"]], "every compared label is 'a'"),
        ([[1, "x", "NaN"], [1, "y", "N/A"]], "no row holds a label"),
    ],
)
def test_what_labels_cannot_say_is_null_with_its_reason(tmp_path: Path, rows, reason: str) -> None:
    report = measured(written(tmp_path, rows))
    assert report["alpha"] is None
    assert reason in report["undefined"]["alpha"]
    assert "nan" not in json.dumps({**report, "missing": {}}).casefold()


def test_two_who_share_no_item_are_named_where_annotators_are_few(tmp_path: Path) -> None:
    rows = [[1, "y", "a"], [1, "x", "b"], [2, "x", "a"], [2, "y", "a"], [3, "z", "a"]]
    report = measured(written(tmp_path, rows))
    assert list(report["cohen_kappa"]) == ["x|y", "x|z", "y|z"]
    assert report["cohen_kappa"]["x|z"] is None
    assert "share no item" in report["undefined"]["cohen_kappa x|z"]
    assert report["pairs_left_out"] == 0


def test_huge_numbers_do_not_overflow(tmp_path: Path) -> None:
    cells = [(1, "x", 1), (1, "y", 1), (2, "x", -1), (2, "y", 1), (3, "x", -1), (3, "y", -1)]
    huge, plain = (
        measured(
            written(tmp_path, [[item, who, f"{unit * label}"] for item, who, label in cells]),
            "--level",
            "interval",
        )
        for unit in (1e308, 1)
    )
    assert huge["alpha"] == pytest.approx(plain["alpha"])
    assert huge["weighted_kappa"] == pytest.approx(plain["weighted_kappa"])


def test_an_interval_without_width_is_said_to_say_little(tmp_path: Path) -> None:
    rows = [[item, who, item % 2] for item in range(6) for who in "xy"]
    assert "gives the same alpha" in measured(written(tmp_path, rows))["notes"][0]


def test_slices_by_what_is_no_group_are_refused(tmp_path: Path) -> None:
    rows = [[item, who, "a"] for item in range(200) for who in "xy"]
    assert "has 200 different values" in refused(written(tmp_path, rows), "--by", "item")


def test_pairs_are_looked_for_among_the_busiest_of_very_many_annotators() -> None:
    rows = [LabelRow("1", f"{who:05}", "a") for who in range(5000)]
    busy = [LabelRow("2", who, "a") for who in ("04998", "04999")]
    (pair,) = annotator_pairs(label_table([*rows, *busy]), most=1)
    assert pair.names == ("04998", "04999")


def test_one_item_has_a_figure_and_no_interval(tmp_path: Path) -> None:
    report = measured(written(tmp_path, [[1, "x", "a"], [1, "y", "b"]]))
    assert (report["alpha"], report["interval"]) == (0, None)
    assert "at least two" in report["undefined"]["interval of alpha"]


@pytest.mark.parametrize(
    ("rows", "arguments", "sentence"),
    [
        (
            [[1, "x", "good"], [1, "y", "2"]],
            ["--level", "ordinal"],
            "'good' is none. Use --level nominal, or name",
        ),
        ([[1, "x", "low"]], ["--level", "ordinal", "--order", "high"], "The order names no label 'low'"),
        ([[1, "", "a"]], [], "line 2: the column annotator is empty"),
        ([[1, "x", "a"]], ["--by", "language"], "has no column language"),
        ([[1, "x", "a"]], ["--encoding", "klingon"], "No encoding is named 'klingon'"),
    ],
)
def test_bad_input_ends_with_a_sentence_and_status_two(
    tmp_path: Path, rows, arguments, sentence: str
) -> None:
    assert sentence in refused(written(tmp_path, rows), *arguments)


def test_words_have_the_order_that_is_named(tmp_path: Path) -> None:
    rows = [
        [1, "x", "low"],
        [1, "y", "middle"],
        [2, "x", "high"],
        [2, "y", "middle"],
        [3, "x", "low"],
        [3, "y", "low"],
    ]
    words = measured(written(tmp_path, rows), "--level", "ordinal", "--order", "low,middle,high")
    numbers = [[item, who, ["low", "middle", "high"].index(label)] for item, who, label in rows]
    assert words["alpha"] == measured(written(tmp_path, numbers), "--level", "ordinal")["alpha"]


def test_people_read_one_line_a_figure(tmp_path: Path) -> None:
    output = StringIO()
    call_command("measure_agreement", str(written(tmp_path, [[1, "x", "a"], [1, "y", "a"]])), stdout=output)
    assert "Krippendorff's alpha     undefined" in output.getvalue()
    assert "nan" not in output.getvalue()


@pytest.mark.slow
def test_the_command_needs_no_database(tmp_path: Path) -> None:
    path = written(tmp_path, [[1, "x", "a"], [1, "y", "a"], [2, "x", "b"], [2, "y", "a"]])
    done = subprocess.run(
        [sys.executable, "manage.py", "measure_agreement", str(path), "--json"],
        cwd=CHECKOUT,
        env={"PATH": "", "DATABASE_URL": "postgresql://nobody@localhost:1/none"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1])["items"] == 2
