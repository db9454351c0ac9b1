"""Ways of asking in files of annotations: they go out with each judgement, and come in again."""

import json

import pytest

from annotation.models import Annotation
from annotation.queries.queue_figures.queue_judgements import queue_judgements
from annotation.queries.queues.annotation_lines import annotation_lines
from annotation.services.exchange.importing import import_annotations
from curation.domain.errors import HarkenError
from tests.annotation.test_ways_at_the_desk import SCALES, judge_all, person_of, queue_of
from tests.cast import make_pair

pytestmark = pytest.mark.django_db
BEST = {"usual": "7", "7..1": "1", "1..5": "5"}


@pytest.fixture
def lines(project):
    make_pair(project)
    queue = queue_of(project, protocol="rating", told=SCALES, overlap=3)
    for _ in range(3):
        judge_all(queue, person_of(project), choice=lambda lease: BEST[lease.way["scale"]])
    return list(annotation_lines(queue))


def imported(project, lines, tmp_path):
    path = tmp_path / "ours.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for at, line in enumerate(lines[1:]):
        # As another installation would have written them.
        line["annotation"] = f"theirs-{at}"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return import_annotations(project=project, path=path, queue_name="theirs")


def test_a_judgement_comes_in_with_its_way_and_means_what_it_meant(project, lines, tmp_path):
    assert imported(project, lines, tmp_path)["annotations"] == 6
    theirs = Annotation.objects.filter(task__queue__name="theirs")
    assert {(row.way["scale"], str(row.answer["rating"])) for row in theirs} == set(BEST.items())
    ratings = queue_judgements(theirs.first().task.queue).ratings["overall"]
    assert {row.label for row in ratings.rows} == {"7"}


@pytest.mark.parametrize("way", [{"scale": "1..900"}, {"wording": "usual"}, {"scale": 7}, ["scale"]])
def test_a_way_that_the_queue_does_not_ask_in_is_left_out(project, lines, tmp_path, way):
    lines[1]["way"] = way
    report = imported(project, lines, tmp_path)
    assert report["annotations"] == 5
    assert [each["what"] for each in report["left_out"]] == ["unreadable_records"]


@pytest.mark.parametrize("ways", [{"scale": ["usual", "1..900"]}, {"scale": "usual"}, ["usual"], 3])
def test_a_queue_whose_ways_cannot_be_asked_is_refused(project, lines, tmp_path, ways):
    lines[0]["settings"] = {"ways": ways}
    with pytest.raises(HarkenError, match="settings in this file"):
        imported(project, lines, tmp_path)
