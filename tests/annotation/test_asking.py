"""Questions, rulings and guidelines that changed."""

import pytest
from django.urls import reverse
from uuid6 import uuid7

from annotation.models import Precedent, Question
from annotation.queries.desk.cards import lease_of
from annotation.queries.quality.asking import open_questions, precedents_for, unread_guideline
from annotation.services.desk.judgements import submit_judgement
from annotation.services.desk.leases import keep_draft, lease_next_task
from annotation.services.quality.asking import acknowledge_guideline, ask_question, rule_on_question
from annotation.services.queues.setup import create_pair_queue, write_guideline
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.models import Membership
from curation.services.corpus.withdrawals import withdraw_conversation
from tests.cast import make_member, make_pair


def person_in(project) -> Membership:
    return Membership.objects.get(user=make_member(project, Role.ANNOTATOR), project=project)


@pytest.fixture
def queue(project):
    make_pair(project)
    return create_pair_queue(project=project, name="mined", overlap=2)


def judge(lease, person):
    return submit_judgement(
        lease=lease, membership=person, payload={"choice": ["a"]}, idempotency_key=uuid7()
    )


def test_who_asks_keeps_the_task(queue, project):
    person = person_in(project)
    lease = lease_next_task(queue=queue, membership=person)
    ask_question(lease=lease, body="Does spelling count?")
    assert lease_next_task(queue=queue, membership=person) == lease
    assert [question.body for question in open_questions(queue)] == ["Does spelling count?"]


def test_who_asked_finds_the_question_until_it_is_ruled_on(queue, project, researcher, client_of):
    asker, other = person_in(project), person_in(project)
    ask_question(lease=lease_next_task(queue=queue, membership=asker), body="Does spelling count?")
    address = reverse("annotation:precedent_list", args=[project.slug, queue.uuid])
    pages = {
        who: client_of(who).get(address).content.decode() for who in (asker.user, other.user, researcher)
    }
    assert [("Does spelling count?" in pages[who]) for who in pages] == [True, False, True]
    task = Question.objects.get().task
    assert reverse("annotation:adjudication", args=[project.slug, queue.uuid, task.uuid]) in pages[researcher]


def test_the_page_of_a_queue_says_that_a_question_waits(queue, project, researcher, client_of):
    ask_question(lease=lease_next_task(queue=queue, membership=person_in(project)), body="Why?")
    address = reverse("annotation:queue_detail", args=[project.slug, queue.uuid])
    assert "1 waits" in client_of(researcher).get(address).content.decode()


def test_nothing_is_asked_about_a_task_that_is_not_held(queue, project):
    person = person_in(project)
    lease = lease_next_task(queue=queue, membership=person)
    judge(lease, person)
    lease.refresh_from_db()
    with pytest.raises(HarkenError, match="do not hold"):
        ask_question(lease=lease, body="Too late?")


def test_rulings_are_numbered_in_their_queue_and_given_once(queue, project, researcher):
    lease = lease_next_task(queue=queue, membership=person_in(project))
    questions = [ask_question(lease=lease, body=f"Question {number}?") for number in range(2)]
    numbers = [
        rule_on_question(queue=queue, question_uuid=each.uuid, body="Yes.", actor=researcher).number
        for each in questions
    ]
    assert numbers == [1, 2]
    with pytest.raises(HarkenError, match="answered already"):
        rule_on_question(queue=queue, question_uuid=questions[0].uuid, body="No.", actor=researcher)


def test_a_ruling_is_shown_after_one_s_own_verdict_only(queue, project, researcher):
    asker, other = person_in(project), person_in(project)
    lease = lease_next_task(queue=queue, membership=asker)
    question = ask_question(lease=lease, body="Which?")
    rule_on_question(queue=queue, question_uuid=question.uuid, body="A, as always.", actor=researcher)
    theirs = lease_next_task(queue=queue, membership=other)
    assert not precedents_for(queue, membership=other)
    judge(theirs, other)
    assert [ruling.number for ruling in precedents_for(queue, membership=other)] == [1]
    assert not precedents_for(queue, membership=asker)


def test_a_changed_guideline_is_read_once_by_those_who_worked_by_another(queue, project, researcher):
    person, newcomer = person_in(project), person_in(project)
    judge(lease_next_task(queue=queue, membership=person), person)
    write_guideline(queue=queue, body="Be strict.", actor=researcher)
    change = unread_guideline(queue, membership=person)
    assert (change.known.version, change.guideline.version) == (1, 2)
    assert "".join(piece.text for piece in change.added) == "Be strict."
    assert unread_guideline(queue, membership=newcomer) is None
    acknowledge_guideline(guideline=queue.guideline, membership=person)
    assert unread_guideline(queue, membership=person) is None


def test_the_desk_shows_the_change_before_the_next_task(queue, project, annotator, researcher, client_of):
    person = Membership.objects.get(user=annotator, project=project)
    judge(lease_next_task(queue=queue, membership=person), person)
    make_pair(project, question="Another?")
    write_guideline(queue=queue, body="Be strict.", actor=researcher)
    desk = reverse("annotation:desk", args=[project.slug, queue.uuid])
    page = client_of(annotator).get(desk).content.decode()
    assert "The guideline has changed: version 2" in page
    assert "verdict-bar" not in page
    read = reverse("annotation:guideline_acknowledge", args=[project.slug, queue.uuid])
    client_of(annotator).post(read, {"version": "2"})
    assert "The guideline has changed" not in client_of(annotator).get(desk).content.decode()


def test_the_words_of_questions_and_rulings_go_with_their_conversation(queue, project, researcher, admin):
    lease = lease_next_task(queue=queue, membership=person_in(project))
    question = ask_question(lease=lease, body="He says 'my number is 5', does that count?")
    rule_on_question(queue=queue, question_uuid=question.uuid, body="'5' counts.", actor=researcher)
    withdraw_conversation(conversation=lease.task.conversation, actor=admin)
    assert (Question.objects.get().body, Precedent.objects.get().body) == ("", "")


def test_an_answer_is_stamped_with_the_guideline_that_was_in_view(queue, project, researcher):
    person = person_in(project)
    lease = lease_next_task(queue=queue, membership=person)
    write_guideline(queue=queue, body="Be strict.", actor=researcher)
    lease.task.queue.refresh_from_db()
    judged = submit_judgement(
        lease=lease,
        membership=person,
        payload={"choice": ["a"]},
        idempotency_key=uuid7(),
        guideline_version=1,
    )
    assert judged.guideline.version == 1
    assert unread_guideline(queue, membership=person).guideline.version == 2


def test_nothing_is_kept_about_a_conversation_that_was_withdrawn_meanwhile(queue, project, admin):
    person = person_in(project)
    lease = lease_next_task(queue=queue, membership=person)
    withdraw_conversation(conversation=lease.task.conversation, actor=admin)
    held = lease_of(queue, uuid=lease.uuid, membership=person)
    with pytest.raises(HarkenError, match="was withdrawn"):
        judge(held, person)
    keep_draft(lease=held, fields={"fix": ["his number"]})
    lease.refresh_from_db()
    assert lease.draft == {}
