"""The page of what drives the choice: factors that an embedder reads, and people who choose alike."""

from urllib.parse import urlencode

import pytest
from django.urls import reverse

from annotation.models import FigureReport
from annotation.queries.factors.preference_factors import compute, size
from annotation.queries.figures.computing import nobody_listens
from annotation.services.figures.reports import ask_for_report, compute_report
from curation.models import Comparison
from tests.cast import make_pair
from tests.curation.enriched import word_embedder

pytestmark = pytest.mark.django_db
EMBEDDED = {"by": "source", "embedded": True}
ALIKE = {"by": "alike", "embedded": False}
# Four people like the long answer, and four the short one.
PEOPLE = [(f"long-{at}", "a") for at in range(4)] + [(f"short-{at}", "b") for at in range(4)]


@pytest.fixture
def embedder(settings):
    with word_embedder(settings):
        yield


def compare(pair, outcome, person="") -> Comparison:
    return Comparison.objects.create(
        project=pair.project,
        response_a=pair.chosen,
        response_b=pair.rejected,
        outcome=outcome,
        source="person",
        annotator_pseudonym=person,
    )


def page_of(project, client, **asked) -> str:
    address = reverse("annotation:preference_factors", args=[project.slug])
    return client.get(f"{address}?{urlencode(asked)}").content.decode()


@pytest.fixture
def compared(project):
    """Pairs whose chosen answer repeats the words of its question."""
    for at in range(3):
        pair = make_pair(
            project,
            question=f"where is river {at}",
            chosen=f"The river {at} is where.\nThe river {at} is.",
            rejected=f"No idea about {at}.\nAsk again.",
        )
        compare(pair, "a")
    return project


@pytest.fixture
def two_camps(project):
    for at in range(12):
        words = "a long answer with many more words than the other one has"
        pair = make_pair(project, question=f"question {at}", chosen=f"{words} {at}", rejected=f"short {at}")
        for person, outcome in PEOPLE:
            compare(pair, outcome, person)
    return project


def test_what_an_embedder_reads_stands_beside_the_other_factors(compared, embedder) -> None:
    found = compute(compared, EMBEDDED, report=nobody_listens)["explanation"]["factors"]
    assert found["embedded_similarity"]["tau"] == found["redundancy"]["tau"] == 1.0
    assert found["embedded_similarity"]["meaning"] == "nearness in meaning to the prompt"
    assert "embedded_similarity" not in compute(compared, {}, report=nobody_listens)["explanation"]["factors"]


def test_a_page_never_waits_for_the_embedder(compared, client_of, researcher) -> None:
    page = page_of(compared, client_of(researcher), by="source", embedded="on")
    assert "a worker computes these figures" in page


def test_what_a_worker_embedded_is_kept_and_leads_to_the_pairs(
    compared, embedder, client_of, researcher
) -> None:
    pair = make_pair(
        compared, question="where is it", chosen="No idea at all.", rejected="where it is, it is"
    )
    compare(pair, "a")
    sent = {"by": "source", "embedded": "on"}
    client = client_of(researcher)
    client.post(reverse("annotation:figure_compute", args=[compared.slug, "preference_factors"]), sent)
    assert compute_report(job_id=FigureReport.objects.get().job_id).state == "succeeded"
    assert "nearness in meaning to the prompt" in page_of(compared, client, **sent)
    address = reverse("annotation:discordant_pairs", args=[compared.slug, "embedded_similarity"])
    assert "No idea at all." in client.get(f"{address}?{urlencode(sent)}").content.decode()


def test_an_absent_embedder_fails_the_job_in_a_sentence(compared, researcher, settings, tmp_path) -> None:
    settings.HARKEN_EMBEDDER_SOCKET = str(tmp_path / "nobody.sock")
    report = ask_for_report(
        project=compared, figure="preference_factors", question=EMBEDDED, actor=researcher
    )
    job = compute_report(job_id=report.job_id)
    assert job.state == "failed"
    assert "Start it with" in job.error_sentence


def test_people_who_choose_alike_are_groups_with_factors_of_their_own(two_camps) -> None:
    found = compute(two_camps, ALIKE, report=nobody_listens)
    assert found["alike"]["groups"] == [[f"{side}-{at}" for at in range(4)] for side in ("long", "short")]
    taus = {
        name: each["factors"]["characters"]["tau"] for name, each in found["explanation"]["groups"].items()
    }
    assert (taus["people: group 1"], taus["people: group 2"]) == (1.0, -1.0)


def test_the_page_says_first_what_chance_makes_of_groups(two_camps, client_of, researcher) -> None:
    page = page_of(two_camps, client_of(researcher), by="alike")
    assert "People choose in groups" in page
    assert page.index("The annotators form 2 groups") < page.index("long-0,") < page.index("long-3")
    assert "surely different: length in characters" in page


def test_people_stay_together_where_no_group_is_claimed(project) -> None:
    for at in range(10):
        pair = make_pair(project, question=f"question {at}", chosen=f"better {at}")
        for person in ("one", "two", "three", "four"):
            compare(pair, "a", person)
    found = compute(project, ALIKE, report=nobody_listens)
    assert not found["alike"]["claimed"]
    assert set(found["explanation"]["groups"]) == {"people", "mined"}


def test_many_verdicts_by_groups_are_a_matter_for_a_worker(two_camps) -> None:
    assert size(two_camps, ALIKE) == 108
    for pair in [make_pair(two_camps, question=f"more {at}", chosen=f"more {at}") for at in range(100)]:
        compare(pair, "a", "long-0")
    assert size(two_camps, {"by": "source"}) == 308
    assert size(two_camps, ALIKE) > 600
