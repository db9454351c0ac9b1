"""A judge that scores answers is held against people's ratings, and its scores are published once it earned that."""

import pytest
from django.urls import reverse
from uuid6 import uuid7

from annotation.services.desk.judgements import submit_judgement
from annotation.services.desk.leases import lease_next_task
from annotation.services.judges.labelling import open_labelling, retract_labels, run_labelling
from annotation.services.queues.setup import create_pair_queue, create_queue
from curation.domain.access.roles import Role
from curation.models import Membership, ModelCall, Score, Scorer
from curation.services.corpus.preferences import publish_pair
from tests.annotation.probation import MODELS, answer, ask_for, decide, validated
from tests.cast import make_member
from tests.curation.judged_sets import (
    judged_run,
    judging_endpoint,
    judging_server,
    make_answered_set,
    make_prompt,
)

# What the fake judge scores so, people who agree with it rate so on their scale of seven.
RATED = {1: "1", 3: "4", 5: "7"}


@pytest.fixture
def server():
    with judging_server() as chat:
        yield chat


def scored_pair(project, number):
    """Make a pair whose answers the fake judge scores 1, 3 or 5."""
    # Numbers are what the fake judge goes by, so the request has none.
    prompt = make_prompt(project, f"Question {chr(97 + number)}: how many?")
    values = [(1, 3), (3, 5), (1, 5)][number % 3]
    worse, better = (
        answer(project, prompt, MODELS[(number + side) % 3], f"It is {value}{'.' * (1 + number % 5)}")
        for side, value in enumerate(values)
    )
    pair, _made = publish_pair(chosen=better, rejected=worse, origin="mined", recipe="dsat_then_better")
    return pair, better, worse


def rate(project, *, turned=False):
    """Let somebody rate every answer: as the judge does, or the other way round."""
    queue = create_queue(project=project, name="rated", protocol="rating", source={"pairs": "mined"})
    person = Membership.objects.get(project=project, user=make_member(project, Role.ANNOTATOR))
    while lease := lease_next_task(queue=queue, membership=person):
        text = lease.task.asked.get().response.body_text
        value = int(text.split()[2].strip("."))
        rating = RATED[6 - value if turned else value]
        submit_judgement(
            lease=lease, membership=person, payload={"choice": [rating]}, idempotency_key=uuid7()
        )


@pytest.fixture
def decided(project):
    for number in range(12):
        decide(*scored_pair(project, number))
    ask_for(project, pairs=12)
    return project


def labelled(project, earned):
    scored_pair(project, 100)
    labelling = open_labelling(earned=earned, queue=create_pair_queue(project=project, name="undecided"))
    return labelling, run_labelling(job_id=labelling.run.job_id)


def test_a_judge_that_rates_as_people_do_publishes_its_scores(decided, server, researcher, client_of):
    rate(decided)
    earned = validated(decided, judging_endpoint(decided, server), judge="rubric")
    ratings = earned.report["ratings"]
    assert (ratings["rated"], ratings["weighted_kappa"], ratings["shift"]) == (24, 1.0, 0.0)
    assert earned.may_score
    labelling, job = labelled(decided, earned)
    assert job.result["scores"] == 2
    assert sorted(Score.objects.values_list("value", flat=True)) == [3.0, 5.0]
    assert str(Scorer.objects.get().kind) == "judge"
    path = reverse("annotation:judge_report", args=[decided.slug, earned.validation.uuid])
    assert "May its scores be published?" in client_of(researcher).get(path).content.decode()
    retract_labels(labelling=labelling, actor=researcher)
    assert not Score.objects.exists()


def test_a_judge_that_only_compares_as_people_do_labels_and_publishes_no_scores(decided, server):
    rate(decided, turned=True)
    earned = validated(decided, judging_endpoint(decided, server), judge="rubric")
    assert earned.report["ratings"]["weighted_kappa"] < 0
    assert (earned.may_label, earned.may_score) == (True, False)
    _labelling, job = labelled(decided, earned)
    assert (job.result["labelled"], job.result["scores"]) == (1, 0)
    assert not Score.objects.exists()


def test_without_ratings_nothing_is_earned_and_the_page_says_what_to_do(
    decided, server, researcher, client_of
):
    earned = validated(decided, judging_endpoint(decided, server), judge="rubric")
    assert (earned.report["ratings"], earned.may_score) == ({}, False)
    path = reverse("annotation:judge_report", args=[decided.slug, earned.validation.uuid])
    assert "Have them rate some in a queue of ratings" in client_of(researcher).get(path).content.decode()


def test_a_judge_that_only_compares_has_no_part_about_ratings(decided, server, researcher, client_of):
    rate(decided)
    earned = validated(decided, judging_endpoint(decided, server))
    assert earned.report["ratings"] == {}
    path = reverse("annotation:judge_report", args=[decided.slug, earned.validation.uuid])
    assert "beside people's ratings" not in client_of(researcher).get(path).content.decode()


def test_control_answers_are_shown_with_what_was_replied_and_nobody_is_asked_again(
    decided, server, researcher, client_of
):
    earned = validated(decided, judging_endpoint(decided, server))
    asked = len(server.asked)
    path = reverse("annotation:judge_controls", args=[decided.slug, earned.validation.uuid])
    page = client_of(researcher).get(path).content.decode()
    assert (page.count("judged right"), page.count("not stored any more")) == (20, 0)
    assert "By the rules." in page
    ModelCall.objects.update(reply=None, conversation_ids=[])
    page = client_of(researcher).get(path).content.decode()
    assert (page.count("judged right"), page.count("reply not stored any more")) == (0, 20)
    assert len(server.asked) == asked


def test_the_page_of_an_evaluation_says_what_its_judge_has_earned(decided, server, researcher, client_of):
    endpoint = judging_endpoint(decided, server)
    run = judged_run(make_answered_set(decided, [("It is 1.", "It is 5.")]), endpoint)
    path = reverse("annotation:judge_standing", args=[decided.slug, run.uuid])
    assert "never held against people" in client_of(researcher).get(path).content.decode()
    validated(decided, endpoint)
    assert "has earned to label items" in client_of(researcher).get(path).content.decode()
