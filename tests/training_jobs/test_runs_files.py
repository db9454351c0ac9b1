"""Reading what a trainer writes, while it writes it; and thinning curves."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from curation.models import DatasetVersion, Project
from tests.training_jobs.run_setup import make_run
from training_jobs.domain.curves import Point, both_fall, thin
from training_jobs.domain.run_files import parse_metrics, parse_status, whole_lines
from training_jobs.models import TrainingRun
from training_jobs.queries.artifacts import log_path
from training_jobs.queries.run_files import LOG_PIECE_BYTES, read_log
from training_jobs.services.run_directories import LOG_CAP_BYTES, LOG_KEPT_BYTES, cap_log
from training_jobs.services.run_logs import delete_old_logs

CURVES = st.lists(st.floats(-1e6, 1e6), max_size=300).map(lambda values: list(enumerate(values)))


@given(st.lists(st.binary().filter(lambda line: b"\n" not in line and b"\r" not in line)), st.integers(0, 40))
def test_a_file_read_in_pieces_gives_the_lines_of_the_whole(lines: list[bytes], size: int) -> None:
    content = b"".join(line + b"\n" for line in lines)
    found: list[bytes] = []
    offset = 0
    for end in [*range(0, len(content), size + 1), len(content)]:
        read, consumed = whole_lines(content[offset:end])
        found, offset = found + read, offset + consumed
    assert found == content.split(b"\n")[:-1]


def test_an_unfinished_line_waits_for_its_end() -> None:
    assert whole_lines(b'{"a": 1}\n{"b"') == ([b'{"a": 1}'], 9)


def test_the_log_of_a_run_goes_after_its_project_s_days(
    version: DatasetVersion, tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    run = make_run(version)
    Project.objects.update(log_retention_days=7)
    log_path(run).parent.mkdir(parents=True)
    log_path(run).write_text("step 1\n")
    in_days = [timezone.now() + timedelta(days=days) for days in (6, 8)]
    assert [delete_old_logs(now=moment) for moment in in_days] == [0, 0]  # it has not ended
    TrainingRun.objects.update(finished_at=timezone.now())
    assert [delete_old_logs(now=moment) for moment in in_days] == [0, 1]
    assert read_log(log_path(run), after=None).text == ""


def test_a_figure_that_was_not_finite_is_left_out() -> None:
    line = json.dumps({"step": 1, "split": "train", "values": {"loss": None, "margin": 2.0}}).encode()
    assert [(point.name, point.value) for point in parse_metrics([line])] == [("margin", 2.0)]


def test_of_a_step_done_twice_the_later_figure_holds() -> None:
    lines = [
        json.dumps({"step": 1, "split": "train", "values": {"loss": value}}).encode() for value in (1.0, 2.0)
    ]
    assert [point.value for point in parse_metrics(lines)] == [2.0]


def test_a_line_that_is_not_json_costs_only_itself() -> None:
    assert (
        parse_metrics([b"\xff\x00", b"[]", b'{"step": 1, "split": "train", "values": {"loss": 1}}'])[0].value
        == 1
    )


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null"])
def test_half_a_status_is_no_status(text: str) -> None:
    assert parse_status(text) is None


def test_a_status_tells_the_error_in_a_sentence() -> None:
    status = parse_status(json.dumps({"state": "failed", "error": {"code": "x", "sentence": "It broke."}}))
    assert status is not None
    assert (status.error_code, status.error_sentence) == ("x", "It broke.")


@given(CURVES, st.integers(2, 60))
def test_a_thinned_curve_is_short_in_order_and_keeps_its_extremes(points: list[Point], limit: int) -> None:
    kept = thin(points, limit=limit)
    assert len(kept) <= max(limit, 2)
    assert kept == sorted(kept)
    if points:
        values = [value for _step, value in points]
        assert {min(values), max(values)} <= {value for _step, value in kept}


def test_an_odd_limit_is_kept_too() -> None:
    assert len(thin([(step, (-1.0) ** step) for step in range(100)], limit=3)) <= 3


@given(CURVES)
def test_a_short_curve_is_not_thinned(points: list[Point]) -> None:
    assert thin(points, limit=max(2, len(points))) == points


@pytest.mark.parametrize(
    ("chosen", "rejected", "warns"),
    [(-0.1, -0.5, True), (0.1, -0.5, False), (-0.1, 0.5, False), (0.0, 0.0, False)],
)
def test_only_both_rewards_falling_is_a_warning(chosen: float, rejected: float, warns: bool) -> None:
    curves = ([(step, step * value) for step in range(8)] for value in (chosen, rejected))
    assert both_fall(*curves) is warns


def test_two_steps_are_no_trend() -> None:
    assert not both_fall([(0, -1.0), (1, -1.0)], [(0, -1.0), (1, -1.0)])


def test_a_long_log_is_shown_from_its_end_in_whole_lines(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("first line\n" * LOG_PIECE_BYTES)
    piece = read_log(log, after=None)
    assert piece.is_cut
    assert piece.text.startswith("first line\n")
    assert piece.after == log.stat().st_size


def test_a_log_is_read_on_from_an_offset(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("one\ntwo\n")
    assert read_log(log, after=4).text == "two\n"
    assert read_log(log, after=8).text == ""


def test_a_log_that_was_cut_meanwhile_is_read_from_its_start(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("new\n")
    assert read_log(log, after=4000).text == "new\n"


def test_no_log_is_an_empty_one(tmp_path: Path) -> None:
    assert read_log(tmp_path / "log.txt", after=None).text == ""


def test_a_log_that_grows_too_long_keeps_its_end(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes(b"x" * LOG_CAP_BYTES + b"the end")
    cap_log(log)
    assert log.stat().st_size < LOG_KEPT_BYTES + 100
    assert log.read_bytes().endswith(b"the end")
