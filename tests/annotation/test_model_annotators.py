"""Models answer as annotators of their own kind: beside people, and never counted with them."""

import pytest
from uuid6 import uuid7

from annotation.domain.protocol import AnswerError
from annotation.models import Annotation, Queue, Task
from annotation.queries.desk.cards import queue_progress, standing_judgements
from annotation.queries.queues.progress import team_progress
from annotation.services.desk.judgements import submit_judgement
from annotation.services.desk.leases import lease_next_task
from annotation.services.desk.model_annotators import (
    ModelAnswer,
    ensure_model_annotator,
    submit_model_answer,
    tasks_for_model,
)
from annotation.services.queues.setup import create_pair_queue
from curation.domain.access.roles import Role
from curation.models import Comparison, Membership
from curation.queries.access.people import members_of
from curation.queries.corpus.preferences import votes_by_pair
from tests.cast import make_member, make_pair


def answered_by_model(project) -> tuple[Queue, Annotation]:
    make_pair(project)
    queue = create_pair_queue(project=project, name="both kinds")
    annotator = ensure_model_annotator(project=project, name="judge-7b")
    task = tasks_for_model(queue, annotator=annotator).get()
    return queue, submit_model_answer(task=task, annotator=annotator, answer=answer_to(task))


def answer_to(task: Task, choice: str = "a") -> ModelAnswer:
    shown = [str(asked.response.uuid) for asked in task.asked.order_by("position")]
    return ModelAnswer(payload={"choice": [choice]}, order_shown=shown, key=uuid7())


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


def test_a_model_answers_a_task_once_and_only_as_its_protocol_allows(project):
    queue, annotation = answered_by_model(project)
    annotator = ensure_model_annotator(project=project, name="judge-7b")
    assert not tasks_for_model(queue, annotator=annotator).exists()
    again = submit_model_answer(task=annotation.task, annotator=annotator, answer=answer_to(annotation.task))
    assert again == annotation
    other = ensure_model_annotator(project=project, name="judge-70b")
    with pytest.raises(AnswerError):
        submit_model_answer(task=annotation.task, annotator=other, answer=answer_to(annotation.task, "maybe"))


def test_nobody_signs_in_as_a_model_and_it_is_no_member_of_the_project(project):
    annotator = ensure_model_annotator(project=project, name="judge-7b")
    assert annotator.membership.user.is_active is False
    assert annotator.membership not in members_of(project)
