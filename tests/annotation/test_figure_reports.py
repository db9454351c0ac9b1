"""Figures that take a worker: asked for once, computed, kept, and shown."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotation.models import FigureReport
from annotation.queries.figures.reports import question_hash, shown_figures
from annotation.queries.ranking import model_ranking
from annotation.services.figures.reports import ask_for_report, compute_report
from curation.models import Comparison, ModelVersion
from tests.cast import make_pair

pytestmark = pytest.mark.django_db
QUESTION = {"sources": ["people"], "equal_style": False}


@pytest.fixture
def voted(project, monkeypatch):
    """A project with a verdict, of which even one is too much to read at once."""
    monkeypatch.setattr(model_ranking, "AT_ONCE", 0)
    pair = make_pair(project)
    for response, name in ((pair.chosen, "new"), (pair.rejected, "old")):
        response.model_version = ModelVersion.objects.create(project=project, name=name)
        response.save()
    Comparison.objects.create(
        project=project, response_a=pair.chosen, response_b=pair.rejected, outcome="a", source="person"
    )
    return project


def test_a_large_question_shows_nothing_until_a_worker_was_asked(voted, researcher) -> None:
    shown = shown_figures(voted, figure="model_ranking", question=QUESTION)
    assert (shown.result, shown.needs_worker) == (None, True)
    report = ask_for_report(project=voted, figure="model_ranking", question=QUESTION, actor=researcher)
    assert compute_report(job_id=report.job_id).state == "succeeded"
    shown = shown_figures(voted, figure="model_ranking", question=QUESTION)
    assert shown.result
    assert list(shown.result["ranking"]["models"]) == ["new", "old"]


def test_asking_twice_asks_one_worker(voted, researcher) -> None:
    for _press in range(2):
        ask_for_report(project=voted, figure="model_ranking", question=QUESTION, actor=researcher)
    assert FigureReport.objects.filter(job__isnull=False).count() == 1


def test_the_order_of_the_parts_of_a_question_says_nothing() -> None:
    assert question_hash({"a": 1, "b": [2]}) == question_hash({"b": [2], "a": 1})


def test_the_page_asks_a_worker_and_carries_the_question_on(voted, client_of, researcher) -> None:
    client = client_of(researcher)
    address = reverse("annotation:model_ranking", args=[voted.slug])
    assert "a worker computes these figures" in client.get(f"{address}?sources=people").content.decode()
    sent = client.post(
        reverse("annotation:figure_compute", args=[voted.slug, "model_ranking"]), {"sources": "people"}
    )
    assert sent["Location"] == f"{address}?sources=people"
    report = FigureReport.objects.get()
    work = client.get(reverse("annotation:figure_work", args=[voted.slug, report.job.uuid]))
    assert "HX-Refresh" not in work
    compute_report(job_id=report.job_id)
    work = client.get(reverse("annotation:figure_work", args=[voted.slug, report.job.uuid]))
    assert work["HX-Refresh"] == "true"
    page = client.get(f"{address}?sources=people").content.decode()
    assert "Strength of each model" in page


def test_a_chart_comes_as_a_file_with_its_data(voted, client_of, researcher, monkeypatch) -> None:
    monkeypatch.setattr(model_ranking, "AT_ONCE", 100)
    address = reverse("annotation:model_ranking", args=[voted.slug])
    csv = client_of(researcher).get(f"{address}?sources=people&chart=wins&as=csv").content.decode()
    assert csv.splitlines()[1].startswith("new,1.0,")
    assert client_of(researcher).get(f"{address}?sources=people&chart=none").status_code == 404


@pytest.mark.parametrize("route", ["model_ranking", "preference_factors", "calibration", "robustness"])
def test_a_page_takes_as_many_queries_for_many_verdicts_as_for_one(
    project, client_of, researcher, route
) -> None:
    client, address = client_of(researcher), reverse(f"annotation:{route}", args=[project.slug])
    taken = []
    for verdicts in (1, 6):
        for at in range(verdicts):
            pair = make_pair(project, question=f"{verdicts} {at}", chosen=f"better {at}")
            Comparison.objects.create(
                project=project,
                response_a=pair.chosen,
                response_b=pair.rejected,
                pair=pair,
                outcome="a",
                source="person",
            )
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        taken.append(len(queries))
    assert taken[1] <= taken[0]
