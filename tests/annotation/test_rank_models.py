"""The command on plain files: what it prints, and the sentences for files that cannot be used."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.paths import CHECKOUT

HEADER = "item,model_a,model_b,winner"


def write(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "votes.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def ranked(path: Path, **options):
    out = StringIO()
    call_command("rank_models", path, "--json", stdout=out, **options)
    return json.loads(out.getvalue().splitlines()[-1])


def refusal(path: Path, **options) -> str:
    with pytest.raises(CommandError) as caught:
        call_command("rank_models", path, stdout=StringIO(), **options)
    assert caught.value.returncode == 2
    return str(caught.value)


def test_each_model_has_its_four_figures(tmp_path) -> None:
    report = ranked(write(tmp_path, "1,x,y,a", "2,x,y,a", "3,x,y,b", "4,y,x,tie"))
    assert {"strength", "interval", "games", "win_rate"} <= report["models"]["x"].keys()
    assert report["models"]["x"]["games"] == 4
    assert report["models"]["x"]["win_rate"] == pytest.approx(2.5 / 4)


def test_the_order_of_a_and_b_does_not_matter(tmp_path) -> None:
    one = ranked(write(tmp_path, "1,x,y,a", "2,x,y,b", "3,y,z,a", "4,z,y,a", "5,x,z,tie"))
    other = ranked(write(tmp_path, "1,y,x,b", "2,y,x,a", "3,z,y,b", "4,y,z,b", "5,z,x,tie"))
    assert one == other


def test_gaps_are_counted_with_their_reason(tmp_path) -> None:
    report = ranked(write(tmp_path, "1,x,y,a", "2,x,y,b", "3,x,y,N/A (both cut off)", "4,x,x,tie"))
    assert report["left_out"] == {"both cut off": 1, "one model on both sides": 1}
    assert report["votes"] == 2


def test_a_coding_is_asked_for_never_guessed(tmp_path) -> None:
    path = write(tmp_path, "1,x,y,1", "2,x,y,2")
    assert "--coding" in refusal(path)
    assert ranked(path, coding="1=a,2=b,0=tie")["models"]["x"]["win_rate"] == 0.5


def test_a_file_without_votes_is_refused_in_a_sentence(tmp_path) -> None:
    assert "nothing to rank" in refusal(write(tmp_path, "1,x,x,a"))
    assert "no column winner" in refusal(write(tmp_path, "1,x,y", header="item,model_a,model_b"))


def test_judges_are_shown_apart(tmp_path) -> None:
    path = write(tmp_path, "1,x,y,a,j1", "2,x,y,b,j1", "3,x,y,b,j2", "4,x,y,tie,j2", header=f"{HEADER},judge")
    judges = ranked(path)["judges"]
    assert judges["j1"]["strengths"]["x"] == pytest.approx(0.0)
    assert judges["j2"]["strengths"]["x"] < 0
    assert ranked(path, judge="j1")["votes"] == 2


def test_equal_style_takes_away_what_length_brought(tmp_path) -> None:
    # x always writes more, and whoever writes more wins three times out of four.
    rows = [f"{at},{'x,y' if at % 8 < 4 else 'y,z'},{'b' if at % 4 == 3 else 'a'},30,10" for at in range(160)]
    rows += [f"{200 + at},z,x,{'b' if at % 4 == 3 else 'a'},30,10" for at in range(80)]
    path = write(tmp_path, *rows, header=f"{HEADER},length_a,length_b")
    report = ranked(path, style=("length",))["at_equal_style"]
    assert report["effects"]["length"]["interval"][0] > 0
    assert abs(report["models"]["x"]["value"]) < 0.3


def test_it_tells_people_in_lines(tmp_path) -> None:
    out = StringIO()
    call_command("rank_models", write(tmp_path, "1,x,y,a", "2,y,z,a", "3,z,x,a", "4,x,w,a"), stdout=out)
    assert "w never won or tied" in out.getvalue()
    assert "Cycles: 1 of 1" in out.getvalue()


def test_whoever_reads_only_the_beginning_gets_no_traceback(tmp_path) -> None:
    """As with `| head`: the other end of the pipe is closed before anything is printed."""
    path = write(tmp_path, "1,x,y,a", "2,x,y,b")
    ranking = subprocess.Popen(
        [sys.executable, "manage.py", "rank_models", str(path)],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert ranking.stdout
    assert ranking.stderr
    ranking.stdout.close()
    said = ranking.stderr.read()
    assert ranking.wait(timeout=120) == 0
    assert "Traceback" not in said
