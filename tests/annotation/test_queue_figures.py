"""The pages of what a queue's judgements say: agreement, consensus, ratings against choices, people who judge alike."""

import csv
import json
import random
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from uuid6 import uuid7

from annotation.models import Annotation, FigureReport, Queue
from annotation.queries.figures.computing import computation, nobody_listens
from annotation.queries.queue_figures import queue_agreement
from annotation.services.desk.judgements import submit_judgement
from annotation.services.desk.leases import lease_next_task
from annotation.services.figures.reports import compute_report
from annotation.services.queues.crossed_setup import Crossing, create_crossed_queues
from curation.models import Conversation, Job, Membership, Score
from tests.annotation.test_decisions import decide, judge_in
from tests.annotation.test_publish_consensus import person_in, queue_of, rate_all
from tests.cast import make_pair
from tests.paths import shared_file


def address(name: str, queue: Queue, *more: object) -> str:
    return reverse(f"annotation:{name}", args=[queue.project.slug, queue.uuid, *more])


def page_of(client, name: str, queue: Queue, **query: str) -> str:
    response = client.get(address(name, queue), query)
    assert response.status_code == 200
    return response.content.decode()


def judged_pairs(project, votes: list[list[bool]]) -> Queue:
    """A queue of as many pairs as there are votes of each person; True prefers the chosen answer."""
    for number in range(len(votes[0])):
        make_pair(project, question=f"Question {number}?")
    queue = queue_of(project, "pairwise", people=len(votes))
    people = [person_in(project) for _ in votes]
    # Stored as the desk stores them, and all at once: the figures read no more than this.
    Annotation.objects.bulk_create(
        Annotation(
            project=project,
            task=task,
            membership=person,
            revision=1,
            answer={"choice": "a" if own[at] else "b"},
            order_shown=[str(task.pair.chosen.uuid), str(task.pair.rejected.uuid)],
            idempotency_key=uuid7(),
        )
        for person, own in zip(people, votes, strict=True)
        for at, task in enumerate(queue.tasks.select_related("pair__chosen", "pair__rejected").order_by("id"))
    )
    return queue


def two_tastes(project, *, pairs: int = 24) -> Queue:
    """Three people who prefer the chosen answers, and three who prefer the others from the middle on."""
    chance = random.Random(4)
    alike = [[at < pairs // 2 or n < 3 for at in range(pairs)] for n in range(6)]
    return judged_pairs(project, [[said != (chance.random() < 0.04) for said in own] for own in alike])


def test_the_page_of_agreement_gives_figures_and_their_file(project, researcher, client_of):
    queue = judged_pairs(project, [[True, True, False, True], [True, True, False, False]])
    client = client_of(researcher)
    shown = page_of(client, "queue_agreement", queue)
    assert "8 judgements by 2 people on 4 subjects, 4 of them judged by more than one" in shown
    assert "Krippendorff&#x27;s alpha" in shown
    table = client.get(address("queue_agreement", queue), {"chart": "agreement-1", "as": "csv"})
    rows = {row["name"]: row for row in csv.DictReader(StringIO(table.content.decode()))}
    assert 0.75 in [float(cell) for cell in list(rows["pairwise agreement"].values())[1:]]
    drawn = client.get(address("queue_agreement", queue), {"chart": "agreement-1", "as": "dark"})
    assert drawn["Content-Type"] == "image/svg+xml"
    assert client.get(address("queue_agreement", queue), {"chart": "nothing"}).status_code == 404


def test_one_judge_gives_a_reason_in_place_of_a_figure(project, researcher, client_of):
    queue = judged_pairs(project, [[True, False]])
    shown = page_of(client_of(researcher), "queue_agreement", queue)
    assert "Undefined because" in shown
    assert "<svg" not in shown.partition("<main")[2]


@pytest.mark.parametrize("name", ["queue_agreement", "queue_consensus", "queue_protocols", "queue_groups"])
def test_a_queue_without_judgements_says_so(project, researcher, client_of, name):
    make_pair(project)
    assert page_of(client_of(researcher), name, queue_of(project, "pairwise"))


def test_parts_are_given_where_they_hold_enough_subjects(project, researcher, client_of):
    queue = judged_pairs(project, [[True] * 8 + [False], [True] * 7 + [False] * 2])
    Conversation.objects.filter(project=project).update(language="de")
    found = computation("queue_agreement").compute(
        project, {"queue": str(queue.uuid), "by": "language"}, report=nobody_listens
    )
    assert list(found["asked"]["preference"]["slices"]) == ["de"]
    assert "Krippendorff&#x27;s alpha by part" in page_of(
        client_of(researcher), "queue_agreement", queue, by="language"
    )


def test_a_large_queue_is_left_to_a_worker(project, researcher, client_of, monkeypatch):
    queue = judged_pairs(project, [[True, True], [True, False]])
    monkeypatch.setattr(queue_agreement, "AT_ONCE", 1)
    client = client_of(researcher)
    assert "a worker computes these figures" in page_of(client, "queue_agreement", queue)
    client.post(address("queue_figures_compute", queue, "queue_agreement"), {"by": ""})
    compute_report(job_id=Job.objects.get(kind="label_figures").pk)
    result = FigureReport.objects.get().result
    assert result
    assert result["asked"]["preference"]["labels"] == 4
    assert "4 judgements by 2 people" in page_of(client, "queue_agreement", queue)


def test_queries_of_the_pages_do_not_grow_with_the_judgements(
    project, researcher, client_of, django_assert_max_num_queries
):
    queue = judged_pairs(project, [[True] * 12, [False] * 12])
    client = client_of(researcher)
    for name in ("queue_agreement", "queue_consensus", "queue_groups", "queue_protocols"):
        page_of(client, name, queue)
        with django_assert_max_num_queries(20):
            page_of(client, name, queue)


def test_ties_are_shown_as_ties_and_decisions_as_decisions(project, researcher, client_of):
    queue = judged_pairs(project, [[True], [False]])
    client = client_of(researcher)
    assert "Tied: nothing puts one first" in page_of(client, "queue_consensus", queue)
    decide(queue, judge_in(project), prefers_chosen=True)
    shown = page_of(client, "queue_consensus", queue)
    assert "Decided by an adjudicator, whatever the votes say" in shown
    assert "The votes were tied between" in shown


def test_a_consensus_is_published_under_the_method_that_was_chosen(project, researcher, client_of):
    queue = judged_pairs(project, [[True], [True], [False]])
    client = client_of(researcher)
    sent = {"method": "majority", "attribute": "preference"}
    shown = client.post(address("consensus_publish", queue), sent, follow=True).content.decode()
    assert "1 scores and 0 ranked lists are published" in shown
    assert Score.objects.get().scorer.specification["method"] == "majority"
    assert '<th scope="row">majority</th>' in shown
    refused = client.post(
        address("consensus_publish", queue), {**sent, "method": "closest_k"}, follow=True
    ).content.decode()
    assert "reads ratings" in refused
    assert Score.objects.count() == 1


def test_ratings_have_a_consensus_and_reasons_where_nothing_tells(project, researcher, client_of):
    pair = make_pair(project)
    queue = queue_of(project, "rating")
    for good, bad in (("7", "2"), ("6", "3"), ("7", "1")):
        rate_all(queue, person_in(project), {str(pair.chosen.uuid): good, str(pair.rejected.uuid): bad})
    shown = page_of(client_of(researcher), "queue_consensus", queue)
    assert "Publish by" in shown
    assert "a correlation takes" in shown
    table = client_of(researcher).get(
        address("consensus_file", queue), {"method": "closest_k", "attribute": "overall"}
    )
    rows = list(csv.DictReader(StringIO(b"".join(table.streaming_content).decode())))
    assert {row["item"] for row in rows} == {str(pair.chosen.uuid), str(pair.rejected.uuid)}


def test_a_method_that_cannot_read_what_was_asked_says_which_can(project, researcher, client_of):
    queue = judged_pairs(project, [[True]])
    shown = page_of(client_of(researcher), "queue_consensus", queue, method="shrunken_mean")
    assert "take bradley_terry" in shown


def test_groups_are_claimed_with_what_they_share_and_their_pairs(project, researcher, client_of):
    queue = two_tastes(project)
    client = client_of(researcher)
    shown = page_of(client, "queue_groups", queue)
    assert "People judge in groups" in shown
    assert "divided (" in shown
    lines = [
        [json.loads(line) for line in b"".join(client.get(address("group_pairs", queue, n))).splitlines()]
        for n in (1, 2)
    ]
    first, second = ({line["id"]: line["chosen"] for line in own} for own in lines)
    assert any(first[name] != second[name] for name in first.keys() & second.keys())
    assert [turn["role"] for turn in lines[0][0]["prompt"]] == ["user"]
    assert len(lines[0][0]["annotators"]) == 3
    assert client.get(address("group_pairs", queue, 3)).status_code == 404


def test_no_group_is_claimed_where_chance_does_as_well(project, researcher, client_of):
    chance = random.Random(7)
    queue = judged_pairs(project, [[chance.random() < 0.5 for _ in range(16)] for _ in range(6)])
    shown = page_of(client_of(researcher), "queue_groups", queue)
    assert "No groups are claimed" in shown
    assert "Pairs of this group" not in shown


def test_scores_of_oasst_agree_with_its_orders_as_the_file_says(project, researcher, client_of):
    """591 of 909 in the file; four of these pairs have an answer that the source marks as deleted."""
    path = shared_file("oasst1/en-validation.jsonl")
    call_command(
        "import_conversations",
        str(path),
        project=project.slug,
        verbosity=0,
        stdout=StringIO(),
        stderr=StringIO(),
    )
    shown = client_of(researcher).get(reverse("annotation:source_protocols", args=[project.slug]))
    text = shown.content.decode()
    assert "587 of the 905 pairs that both decide" in text
    assert "114 by rating, 0 by choice" in text
    assert "how far they agree with each other is undefined" in text


def test_a_judgement_of_each_kind_reads_off_a_crossed_pair(project, researcher, client_of):
    pair = make_pair(project)
    rating, choice = create_crossed_queues(
        project=project,
        name="crossed",
        source={"pairs": "mined"},
        crossing=Crossing(protocols=("rating", "pairwise"), wash_out_hours=0),
    )
    person: Membership = person_in(project)
    for queue in (rating, choice, rating):
        while lease := lease_next_task(queue=queue, membership=person):
            best = lease.order_shown[0] == str(pair.chosen.uuid)
            said = {"rating": "6" if best else "2", "pairwise": "a" if best else "b"}[queue.protocol]
            submit_judgement(
                lease=lease, membership=person, payload={"choice": [said]}, idempotency_key=uuid7()
            )
    shown = page_of(client_of(researcher), "queue_protocols", rating)
    assert "of 1 pairs have the same outcome" in shown
    assert "1 of the 1 pairs that both decide" in shown


def test_intervals_may_draw_people_in_place_of_subjects(project, researcher, client_of):
    queue = judged_pairs(project, [[True] * 5, [True] * 4 + [False], [False] * 2 + [True] * 3])
    client = client_of(researcher)
    assert "Intervals draw whole people again" in page_of(client, "queue_agreement", queue, drawn="annotator")
    assert "Intervals draw whole subjects again" in page_of(client, "queue_agreement", queue, drawn="nobody")
