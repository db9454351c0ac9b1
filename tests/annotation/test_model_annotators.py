"""Models whose judgements came in a file are annotators of their own kind, never counted with people."""

import pytest
from uuid6 import uuid7

from annotation.models import Annotation, Queue
from annotation.queries.desk.cards import queue_progress, standing_judgements
from annotation.queries.queues.annotation_lines import annotation_lines
from annotation.queries.queues.progress import team_progress
from annotation.services.desk.judgements import submit_judgement
from annotation.services.desk.leases import lease_next_task
from annotation.services.exchange.annotators import ensure_model_annotator
from annotation.services.exchange.storing import Placed, store_judgements
from annotation.services.queues.setup import create_pair_queue
from annotation.services.queues.sources import Subject
from curation.domain.access.roles import Role
from curation.models import Comparison, Membership
from curation.queries.access.people import members_of
from curation.queries.corpus.preferences import votes_by_pair
from tests.cast import make_member, make_pair

pytestmark = pytest.mark.django_db


def answered_by_model(project) -> tuple[Queue, Annotation]:
    make_pair(project)
    queue = create_pair_queue(project=project, name="both kinds")
    task = queue.tasks.get()
    shown = [str(asked.response.uuid) for asked in task.asked.order_by("position")]
    placed = Placed(
        subject=Subject(name=task.subject, conversation_id=task.conversation_id),
        membership=ensure_model_annotator(project=project, name="judge-7b").membership,
        answer={"choice": "a"},
        order_shown=shown,
        is_model=True,
    )
    store_judgements(queue=queue, placed=[placed], open_subjects=())
    return queue, Annotation.objects.get(task=task)


def test_a_models_answer_takes_no_persons_place_and_counts_in_no_progress(project):
    queue, annotation = answered_by_model(project)
    assert not standing_judgements().exists()
    assert queue_progress(queue, membership=None).judged == 0
    assert team_progress(queue, membership=None).people == []
    person = Membership.objects.get(user=make_member(project, Role.ANNOTATOR))
    lease = lease_next_task(queue=queue, membership=person)
    assert lease.task == annotation.task
    submit_judgement(lease=lease, membership=person, payload={"choice": ["b"]}, idempotency_key=uuid7())
    assert queue_progress(queue, membership=None).judged == 1


def test_what_a_model_prefers_is_a_judges_verdict_and_no_vote_of_people(project):
    answered_by_model(project)
    assert [row.source for row in Comparison.objects.all()] == [Comparison.Source.JUDGE]
    assert votes_by_pair(project) == {}


def test_a_file_says_of_a_models_line_that_a_model_wrote_it(project):
    queue, _annotation = answered_by_model(project)
    _head, line = annotation_lines(queue, every_act=True)
    assert line["annotator_kind"] == "model"


def test_nobody_signs_in_as_a_model_and_it_is_no_member_of_the_project(project):
    annotator = ensure_model_annotator(project=project, name="judge-7b")
    assert annotator.membership.user.is_active is False
    assert annotator.membership not in members_of(project)
    assert ensure_model_annotator(project=project, name="judge-7b") == annotator
