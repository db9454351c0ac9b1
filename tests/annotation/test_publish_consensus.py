"""What a queue's judgements come to, published into the corpus under the method's name."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from uuid6 import uuid7

from annotation.models import Queue
from annotation.queries.queue_figures.queue_judgements import queue_judgements
from annotation.services.desk.judgements import submit_judgement, undo_last
from annotation.services.desk.leases import lease_next_task
from annotation.services.figures.publishing import chance_of_first, publish_consensus
from annotation.services.queues.setup import QueueRules, create_queue
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.models import (
    AuditEvent,
    Membership,
    PreferencePair,
    RankedList,
    RankedResponse,
    Response,
    Score,
)
from tests.cast import make_member, make_pair, make_project


def person_in(project) -> Membership:
    return Membership.objects.get(user=make_member(project, Role.ANNOTATOR), project=project)


def queue_of(project, protocol: str, people: int = 3) -> Queue:
    return create_queue(
        project=project,
        name="asked",
        protocol=protocol,
        source={"pairs": "mined"},
        rules=QueueRules(overlap=people),
    )


def judge_pair(queue: Queue, person: Membership, *, prefers_chosen: bool) -> None:
    lease = lease_next_task(queue=queue, membership=person)
    is_first = lease.order_shown[0] == str(lease.task.pair.chosen.uuid)
    payload = {"choice": ["a" if is_first == prefers_chosen else "b"]}
    submit_judgement(lease=lease, membership=person, payload=payload, idempotency_key=uuid7())


def rate_all(queue: Queue, person: Membership, grades: dict[str, str]) -> None:
    while lease := lease_next_task(queue=queue, membership=person):
        payload = {"choice": [grades[lease.order_shown[0]]]}
        submit_judgement(lease=lease, membership=person, payload=payload, idempotency_key=uuid7())


@pytest.mark.parametrize("method", ["majority", "mace", "bradley_terry", "ranked_pairs"])
def test_a_pair_gets_the_probability_that_its_chosen_answer_is_preferred(project, method):
    pair = make_pair(project)
    queue = queue_of(project, "pairwise")
    for prefers_chosen in (True, True, False):
        judge_pair(queue, person_in(project), prefers_chosen=prefers_chosen)
    published = publish_consensus(queue=queue, method=method)
    score = Score.objects.get(scorer=published.scorer)
    assert (score.pair, score.scorer.kind) == (pair, "consensus")
    assert 0.5 < score.value <= 1
    assert score.scorer.specification["method"] == method


def test_an_answer_gets_what_its_ratings_come_to(project):
    pair = make_pair(project)
    queue = queue_of(project, "rating")
    for good, bad in (("7", "2"), ("6", "2"), ("7", "1")):
        rate_all(queue, person_in(project), {str(pair.chosen.uuid): good, str(pair.rejected.uuid): bad})
    publish_consensus(queue=queue, method="closest_k", attribute="overall")
    values = dict(Score.objects.values_list("response", "value"))
    assert values == pytest.approx({pair.chosen_id: 20 / 3, pair.rejected_id: 5 / 3})


def test_an_order_of_three_becomes_a_ranked_list(project):
    pair = make_pair(project)
    third = Response.objects.create(
        project=project,
        prompt=pair.prompt,
        body=[{"type": "text", "text": "3"}],
        body_text="3",
        origin="imported",
        content_hash="h1:third",
    )
    PreferencePair.objects.create(
        project=project, prompt=pair.prompt, chosen=third, rejected=pair.rejected, origin="mined", recipe="x"
    )
    queue = queue_of(project, "ranking")
    best_first = [pair.chosen, third, pair.rejected]
    for _ in range(3):
        person = person_in(project)
        lease = lease_next_task(queue=queue, membership=person)
        payload = {f"place-{each.uuid}": [str(place)] for place, each in enumerate(best_first, start=1)}
        submit_judgement(lease=lease, membership=person, payload=payload, idempotency_key=uuid7())
    for _ in range(2):
        assert publish_consensus(queue=queue, method="plackett_luce").lists == 1
    ranked = RankedList.objects.get()
    assert (ranked.prompt, ranked.source) == (pair.prompt, "person")
    assert "plackett_luce" in ranked.source_name
    places = RankedResponse.objects.order_by("rank").values_list("response", flat=True)
    assert list(places) == [each.pk for each in best_first]


def test_publishing_again_replaces_and_takes_back_what_no_longer_holds(project):
    make_pair(project)
    queue, person = queue_of(project, "pairwise"), person_in(project)
    judge_pair(queue, person, prefers_chosen=True)
    publish_consensus(queue=queue, method="majority")
    assert Score.objects.get().value == 1
    undo_last(queue=queue, membership=person, idempotency_key=uuid7())
    judge_pair(queue, person_in(project), prefers_chosen=False)
    publish_consensus(queue=queue, method="majority")
    assert Score.objects.get().value == 0


def test_publishing_is_on_record_and_two_methods_stand_side_by_side(project):
    make_pair(project)
    queue = queue_of(project, "pairwise")
    judge_pair(queue, person_in(project), prefers_chosen=True)
    for method in ("majority", "bradley_terry"):
        publish_consensus(queue=queue, method=method)
    assert Score.objects.count() == 2
    events = AuditEvent.objects.filter(action="consensus.published").order_by("id")
    assert [event.details["method"] for event in events] == ["majority", "bradley_terry"]


def test_what_a_method_cannot_read_is_said_and_nothing_is_published(project):
    pair = make_pair(project)
    queue = queue_of(project, "rating")
    grades = {str(pair.chosen.uuid): "5", str(pair.rejected.uuid): "4"}
    rate_all(queue, person_in(project), grades)
    for method, attribute, sentence in (
        ("plackett_luce", "overall", "ratings are numbers"),
        ("closest_k", "charm", "Nobody rated the attribute 'charm' in this queue. Rated: overall."),
        ("closest_k", "", "Name the attribute that was rated"),
        ("bradley_terry", "", "nothing to agree on"),
        ("oracle", "", "No method of consensus is named 'oracle'"),
    ):
        with pytest.raises(HarkenError, match=sentence):
            publish_consensus(queue=queue, method=method, attribute=attribute)
    assert not Score.objects.exists()


def test_the_query_reads_each_queue_alone_and_in_a_fixed_number_of_questions(
    project, django_assert_num_queries
):
    for number in range(4):
        make_pair(project, question=f"Question {number}?")
    queue = queue_of(project, "pairwise")
    for person in (person_in(project), person_in(project)):
        for _ in range(4):
            judge_pair(queue, person, prefers_chosen=True)
    other = make_project("elsewhere")
    make_pair(other)
    judge_pair(queue_of(other, "pairwise"), person_in(other), prefers_chosen=False)
    with django_assert_num_queries(1):
        rows = queue_judgements(queue).orders.rows
    assert len(rows) == 8


def test_a_queue_reports_how_far_its_people_agree(project):
    for number in range(4):
        make_pair(project, question=f"Question {number}?")
    queue = queue_of(project, "pairwise")
    for agrees in (True, True, False):
        person = person_in(project)
        for _ in range(4):
            judge_pair(queue, person, prefers_chosen=agrees)
    report = reported("asked", project)
    assert report["protocols"] is None
    assert report["agreement"]["preference"]["items"] == 4
    assert report["agreement"]["preference"]["pairwise_agreement"] == pytest.approx(1 / 3)


def test_a_queue_that_rates_and_ranks_is_its_own_crossed_experiment(project):
    pair = make_pair(project)
    queue = queue_of(project, "rate_and_rank")
    for _ in range(2):
        person = person_in(project)
        lease = lease_next_task(queue=queue, membership=person)
        better, worse = str(pair.chosen.uuid), str(pair.rejected.uuid)
        payload = {
            f"place-{better}": ["1"],
            f"place-{worse}": ["2"],
            f"rating-{better}": ["6"],
            f"rating-{worse}": ["2"],
        }
        submit_judgement(lease=lease, membership=person, payload=payload, idempotency_key=uuid7())
    report = reported("asked", project)
    assert set(report["agreement"]) == {"overall", "preference"}
    assert (report["protocols"]["pairs"], report["protocols"]["consistent"]) == (2, 1)
    assert report["protocols"]["clustered_by"] == "annotator"


def reported(name: str, project) -> dict[str, Any]:
    output = StringIO()
    call_command("report_queue", name, "--project", project.slug, "--rounds", "50", "--json", stdout=output)
    report: dict[str, Any] = json.loads(output.getvalue().splitlines()[-1])
    return report


def test_soft_labels_are_read_from_either_side():
    assert chance_of_first({"x": 0.7, "y": 0.3}, first="x", second="y") == 0.7
    assert chance_of_first({"y": 1.0}, first="x", second="y") == 0
    assert chance_of_first({"a": 0.5, "tie": 0.5}, first="x", second="y") == 0.75
    assert chance_of_first({"a": 0.5, "tie": 0.5}, first="y", second="x") == 0.25


def test_the_command_publishes_a_queue_by_its_name(project):
    make_pair(project)
    queue = queue_of(project, "pairwise")
    judge_pair(queue, person_in(project), prefers_chosen=True)
    output, arguments = StringIO(), ("--project", project.slug, "--method", "majority")
    call_command("publish_consensus", "asked", *arguments, "--json", stdout=output)
    assert json.loads(output.getvalue().splitlines()[-1])["scores"] == 1
    with pytest.raises(CommandError, match=r"No queue of .* is named 'other'. Known: asked"):
        call_command("publish_consensus", "other", *arguments)
