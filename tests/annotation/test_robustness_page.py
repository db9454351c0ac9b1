"""How far the judgements of a queue hang on the order in which answers stood."""

from uuid import uuid4

import pytest

from annotation.queries.figures.computing import nobody_listens
from annotation.queries.figures.robustness import compute
from annotation.services.desk.judgements import submit_judgement
from annotation.services.desk.leases import lease_next_task
from annotation.services.queues.setup import create_pair_queue, create_queue, write_guideline
from curation.domain.access.roles import Role
from curation.models import Membership
from tests.cast import make_member, make_pair

pytestmark = pytest.mark.django_db


def person_of(project) -> Membership:
    return Membership.objects.get(user=make_member(project, Role.ANNOTATOR), project=project)


def judge_all(queue, *, choice) -> None:
    person = person_of(queue.project)
    while lease := lease_next_task(queue=queue, membership=person):
        submit_judgement(
            lease=lease, membership=person, payload={"choice": [choice]}, idempotency_key=uuid4()
        )


def test_who_always_takes_the_first_is_seen_to_do_so(project) -> None:
    for at in range(4):
        make_pair(project, question=f"question {at}", chosen=f"better {at}")
    queue = create_pair_queue(project=project, name="Pairs", overlap=3)
    for _person in range(3):
        judge_all(queue, choice="a")
    found = compute(project, {"by": ["order"]}, report=nobody_listens)
    assert found["habit"]["first"] == found["habit"]["chosen"] == 12
    seen = found["preferences"]
    # Where a pair stood in both orders, the order alone decided.
    assert seen["complete"] == 0 or seen["presentation"]["order"]["spread"] == 1.0


def test_a_guideline_that_moves_ratings_is_told(project, researcher) -> None:
    make_pair(project)
    queue = create_queue(project=project, name="Ratings", protocol="rating", source={"pairs": "mined"})
    queue.overlap = 2
    queue.save()
    queue.tasks.update(wanted=2, open_slots=2)
    judge_all(queue, choice="7")
    write_guideline(queue=queue, body="Be strict.", actor=researcher)
    judge_all(queue, choice="1")
    found = compute(project, {"by": ["guideline"]}, report=nobody_listens)["ratings"]
    assert found["presentation"]["guideline"]["means"] == {"version 1": 1.0, "version 2": 0.0}


def test_nothing_is_said_before_anybody_judged(project) -> None:
    assert compute(project, {}, report=nobody_listens)["preferences"] is None
