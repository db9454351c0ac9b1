"""Which tasks of a queue are worth asking again, and asking them by one press."""

from uuid import uuid4

import pytest
from django.urls import reverse

from annotation.models import Queue
from annotation.queries.figures.computing import nobody_listens
from annotation.queries.figures.label_noise import asked_tasks, compute
from annotation.services.desk.judgements import submit_judgement
from annotation.services.desk.leases import lease_next_task
from annotation.services.queues.asking_again import ask_again, queue_of_tasks
from annotation.services.queues.setup import create_pair_queue, fill_queue
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.models import Membership
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
