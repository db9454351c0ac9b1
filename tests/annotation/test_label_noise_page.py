"""Which tasks of a queue are worth asking again, and asking them by one press."""

import math
from uuid import uuid4

import pytest
from django.urls import reverse

from annotation.models import Queue
from annotation.queries.figures.computing import nobody_listens
from annotation.queries.figures.label_noise import asked_tasks, compute
from annotation.queries.figures.scorer_chances import fair_scorers
from annotation.services.desk.judgements import submit_judgement
from annotation.services.desk.leases import lease_next_task
from annotation.services.queues.asking_again import ask_again, queue_of_tasks
from annotation.services.queues.setup import create_pair_queue, fill_queue
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.models import Membership, Score, Scorer
from tests.cast import make_member, make_pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def judged(project):
    """A queue of three pairs and two people, who disagree about the first of them only."""
    for at in range(3):
        make_pair(project, question=f"question {at}", chosen=f"better {at}")
    queue = create_pair_queue(project=project, name="Pairs", overlap=2)
    for says in ("chosen", "rejected"):
        person = Membership.objects.get(user=make_member(project, Role.ANNOTATOR), project=project)
        first = queue.tasks.order_by("id").first()
        while lease := lease_next_task(queue=queue, membership=person):
            wanted = getattr(lease.task.pair, says if lease.task_id == first.pk else "chosen")
            choice = "a" if lease.order_shown[0] == str(wanted.uuid) else "b"
            submit_judgement(
                lease=lease, membership=person, payload={"choice": [choice]}, idempotency_key=uuid4()
            )
    return queue


def noise_of(queue) -> dict:
    return compute(queue.project, {"queue": str(queue.uuid)}, report=nobody_listens)


def test_the_task_on_which_people_disagree_is_worth_asking_first(judged) -> None:
    found = noise_of(judged)
    assert found["asked"]["preference"]["wrong_labels"] > 0
    assert asked_tasks(found, about="preference")[0] == judged.tasks.order_by("id").first().uuid


def test_one_press_asks_one_person_more_once(judged, researcher) -> None:
    tasks = asked_tasks(noise_of(judged), about="preference")[:1]
    assert ask_again(queue=judged, tasks=tasks, actor=researcher) == 1
    assert ask_again(queue=judged, tasks=tasks, actor=researcher) == 0
    task = judged.tasks.get(uuid=tasks[0])
    assert (task.wanted, task.open_slots) == (3, 1)


def test_a_queue_of_the_tasks_asks_the_same_and_takes_in_nothing_else(judged, researcher) -> None:
    tasks = asked_tasks(noise_of(judged), about="preference")[:2]
    made = queue_of_tasks(queue=judged, tasks=tasks, actor=researcher)
    assert [task.asked.count() for task in made.tasks.all()] == [2, 2]
    assert fill_queue(queue=made) == 0
    with pytest.raises(HarkenError, match="is there already"):
        queue_of_tasks(queue=judged, tasks=tasks, actor=researcher)


def test_tasks_of_another_queue_are_not_asked(judged, researcher) -> None:
    other = Queue.objects.create(project=judged.project, name="Other", protocol="pairwise")
    tasks = asked_tasks(noise_of(judged), about="preference")
    assert ask_again(queue=other, tasks=tasks, actor=researcher) == 0


def test_the_page_asks_again_and_says_how_many(judged, client_of, researcher) -> None:
    address = reverse("annotation:tasks_ask_again", args=[judged.project.slug, judged.uuid])
    sent = {"about": "preference", "count": "1", "where": "same_queue"}
    page = client_of(researcher).post(address, sent, follow=True)
    assert "1 task is asked of one person more." in page.content.decode()


def doubts_of(queue, scorer) -> dict:
    found = compute(queue.project, {"queue": str(queue.uuid), "scorer": scorer}, report=nobody_listens)
    return found["asked"]["preference"]["doubted"]


@pytest.fixture
def scored(project):
    """A queue of ten pairs of which one person chose right but for the third, with a scorer of its answers."""
    scorer = Scorer.objects.create(project=project, name="reward", version="1", kind="reward_model")
    for at in range(10):
        pair = make_pair(project, question=f"question {at}", chosen=f"better {at}")
        pair.confidence = 0.95
        pair.save()
        for response, value in ((pair.chosen, 2.0), (pair.rejected, 0.0)):
            Score.objects.create(project=project, scorer=scorer, response=response, value=value)
    queue = create_pair_queue(project=project, name="Pairs", overlap=1)
    third = queue.tasks.order_by("id")[2]
    person = Membership.objects.get(user=make_member(project, Role.ANNOTATOR), project=project)
    while lease := lease_next_task(queue=queue, membership=person):
        asked = lease.task.pair
        wanted = asked.rejected if lease.task_id == third.pk else asked.chosen
        choice = "a" if lease.order_shown[0] == str(wanted.uuid) else "b"
        submit_judgement(
            lease=lease, membership=person, payload={"choice": [choice]}, idempotency_key=uuid4()
        )
    return queue, scorer, third


def test_the_label_that_a_scorer_doubts_is_named(scored) -> None:
    queue, scorer, third = scored
    for name, chance in (("confidence", 0.05), (str(scorer.uuid), 1 / (1 + math.exp(2)))):
        doubted = doubts_of(queue, name)
        assert [each["task"] for each in doubted["labels"]] == [str(third.uuid)]
        assert doubted["labels"][0]["chance"] == pytest.approx(chance)
        assert (doubted["judged"], doubted["count"]) == (10, 1)


def test_a_scorer_that_knows_none_of_the_pairs_says_so(scored) -> None:
    queue, _scorer, _third = scored
    other = Scorer.objects.create(project=queue.project, name="other", version="1", kind="reward_model")
    assert "says nothing" in doubts_of(queue, str(other.uuid))["undefined"]


def test_what_was_made_of_the_labels_doubts_none_of_them(scored) -> None:
    queue, scorer, _third = scored
    scorer.kind = Scorer.Kind.CONSENSUS
    scorer.save()
    assert [name for name, _title in fair_scorers(queue.project)] == ["confidence"]


def test_doubted_labels_are_asked_again_by_one_press(scored, client_of, researcher) -> None:
    queue, scorer, third = scored
    client = client_of(researcher)
    address = reverse("annotation:label_noise", args=[queue.project.slug])
    page = client.get(f"{address}?queue={queue.uuid}&scorer={scorer.uuid}").content.decode()
    assert "Labels that look wrong" in page
    assert "reward 1 prefers what was chosen in 90 % of 10 choices" in page
    sent = {"about": "preference", "count": "1", "where": "same_queue", "scorer": str(scorer.uuid)}
    again = reverse("annotation:tasks_ask_again", args=[queue.project.slug, queue.uuid])
    answered = client.post(again, {**sent, "doubted": "on"}, follow=True)
    assert "1 task is asked of one person more." in answered.content.decode()
    assert answered.redirect_chain[0][0].endswith(f"scorer={scorer.uuid}")
    third.refresh_from_db()
    assert (third.wanted, third.open_slots) == (2, 1)
