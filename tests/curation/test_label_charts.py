"""Charts of judgements: their words, their figures, and drawings in theme colours that escape every name."""

import re
from xml.etree import ElementTree

import pytest

from curation.domain.versions.calibration import reliability
from curation.domain.versions.intervals import Interval
from curation.queries.judging.label_charts import (
    LIGHT,
    DrawnChart,
    Estimated,
    forest_plot,
    label_grid,
    reliability_diagram,
    win_rate_bars,
)

HOSTILE = '<script>alert("1")</script> & more'
COLOURS = re.compile(r'(?:fill|stroke)="(#[0-9a-fA-F]{3,8}|[a-z]+)"')


def drawn() -> list[DrawnChart]:
    estimates = [
        Estimated(name=HOSTILE, value=0.6, interval=Interval(0.5, 0.7), count=90),
        Estimated(name="plain", value=0.4),
    ]
    grid = {("a", "a"): 3, ("a", HOSTILE): 1}
    charts = [
        forest_plot(estimates, title="Strengths", axis="strength"),
        win_rate_bars(estimates, title="Win rates"),
        reliability_diagram(reliability([0.1, 0.9, 0.8], [0, 1, 1]), title="Reliability"),
        label_grid(grid, names=["a", HOSTILE], title="Grid", sides=("rated", "ranked")),
    ]
    return [chart for chart in charts if chart]


@pytest.mark.parametrize("chart", drawn(), ids=lambda chart: chart.title)
def test_a_drawing_names_colours_of_the_theme_only(chart) -> None:
    used = set(COLOURS.findall(chart.svg)) - {"none", "transparent"}
    assert used <= set(LIGHT)


@pytest.mark.parametrize("chart", drawn(), ids=lambda chart: chart.title)
def test_no_name_becomes_markup(chart) -> None:
    for text in (chart.svg, chart.as_file()):
        assert "<script" not in text
        ElementTree.fromstring(text)  # noqa: S314 - our own drawing


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_file_has_colours_and_words_of_its_own(theme) -> None:
    for chart in drawn():
        file = chart.as_file(theme=theme)
        assert not set(LIGHT) & set(COLOURS.findall(file))
        assert f"<title>{chart.title}</title><desc>" in file


def test_the_words_say_what_the_drawing_shows() -> None:
    forest, wins, bins, grid = drawn()
    assert "0.600 (0.500 to 0.700); plain 0.400, without an interval." in forest.description
    assert "60.0% (50.0% to 70.0%)" in wins.description
    assert "10.0% claimed, 0.0% observed of 1" in bins.description
    assert "rated a and ranked a: 3" in grid.description


def test_the_figures_stand_beside_as_a_table() -> None:
    forest, _wins, bins, grid = drawn()
    assert forest.rows[0] == (HOSTILE, 0.6, 0.5, 0.7, 90)
    assert forest.rows[1] == ("plain", 0.4, None, None, None)
    assert len(bins.rows) == 3
    assert grid.rows == (("a", 3, 1), (HOSTILE, 0, 0))


def test_a_name_that_looks_like_a_formula_runs_nowhere() -> None:
    chart = forest_plot([Estimated(name="=1+1", value=0.0)], title="t", axis="x")
    assert chart.as_csv().splitlines()[1].startswith("'=1+1,")


def test_names_that_begin_alike_keep_rows_of_their_own() -> None:
    estimates = [Estimated(name="x" * 60 + end, value=0.1) for end in "ab"]
    svg = forest_plot(estimates, title="t", axis="x").svg
    assert svg.count("x" * 39 + "…") >= 2
    assert "… (2)" in svg


def test_without_figures_there_is_no_chart() -> None:
    assert forest_plot([], title="t", axis="x") is None
    assert win_rate_bars([], title="t") is None
    assert reliability_diagram([], title="t") is None
    assert label_grid({}, names=["a"], title="t", sides=("one", "other")) is None
