"""The desk: nobody is asked twice, nothing is lost, no task goes beyond its overlap."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Thread
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.models import Count
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from uuid6 import uuid7

from annotation.domain.protocol import AnswerError
from annotation.models import Annotation, Lease, Queue, Task
from annotation.queries.desk.cards import lease_of, queue_progress, standing_judgements, task_card
from annotation.services.desk.judgements import QuotaReachedError, skip_task, submit_judgement, undo_last
from annotation.services.desk.leases import (
    end_expired_leases,
    keep_draft,
    lease_next_task,
    lease_task,
    prefetch_task,
)
from annotation.services.desk.preferences import change_desk_preferences
from annotation.services.queues.setup import create_pair_queue, create_queue, fill_queue
from curation.domain.access.roles import Role
from curation.domain.corpus.finding import ConversationFilters
from curation.domain.errors import HarkenError
from curation.models import Comparison, Conversation, Membership, PreferencePair, Tag
from curation.services.corpus.preferences import publish_pair
from curation.services.corpus.responses import ensure_logged_response
from curation.services.corpus.saved_views import archive_view, save_view
from tests.cast import make_conversation, make_member, make_pair, make_project


def queue_of(project, pairs: int = 3, overlap: int = 1) -> Queue:
    for number in range(pairs):
        make_pair(project, question=f"Question {number}?")
    return create_pair_queue(project=project, name="mined", overlap=overlap)


def person_in(project) -> Membership:
    user = make_member(project, Role.ANNOTATOR)
    return Membership.objects.select_related("user").get(user=user, project=project)


def judge(queue: Queue, person: Membership, choice: str = "a") -> Annotation:
    lease = lease_next_task(queue=queue, membership=person)
    return submit_judgement(
        lease=lease, membership=person, payload={"choice": [choice]}, idempotency_key=uuid7()
    )


def test_a_person_gets_the_task_they_hold_until_they_answer(project):
    queue, person = queue_of(project), person_in(project)
    assert lease_next_task(queue=queue, membership=person) == lease_next_task(queue=queue, membership=person)


def test_two_people_get_different_tasks_where_one_verdict_is_wanted(project):
    queue = queue_of(project)
    leases = [lease_next_task(queue=queue, membership=person_in(project)) for _ in range(4)]
    assert len({lease.task_id for lease in leases[:3]}) == 3
    assert leases[3] is None


def test_the_side_shown_does_not_change_what_a_verdict_means(project):
    queue = queue_of(project, pairs=20)
    person = person_in(project)
    for _ in range(20):
        lease = lease_next_task(queue=queue, membership=person)
        chosen_first = lease.order_shown[0] == str(lease.task.pair.chosen.uuid)
        choice = "a" if chosen_first else "b"
        submit_judgement(
            lease=lease, membership=person, payload={"choice": [choice]}, idempotency_key=uuid7()
        )
    assert set(Comparison.objects.values_list("outcome", flat=True)) == {"a"}
    orders = {tuple(order) == () for order in Annotation.objects.values_list("order_shown", flat=True)}
    assert orders == {False}


def test_both_sides_are_shown_first_some_of_the_time(project):
    queue, person = queue_of(project, pairs=40), person_in(project)
    firsts = set()
    for _ in range(40):
        lease = lease_next_task(queue=queue, membership=person)
        firsts.add(lease.order_shown[0] == str(lease.task.pair.chosen.uuid))
        submit_judgement(lease=lease, membership=person, payload={"choice": ["tie"]}, idempotency_key=uuid7())
    assert firsts == {True, False}


def test_a_submit_sent_twice_counts_once(project):
    queue, person = queue_of(project), person_in(project)
    lease, key = lease_next_task(queue=queue, membership=person), uuid7()
    first = submit_judgement(lease=lease, membership=person, payload={"choice": ["a"]}, idempotency_key=key)
    again = submit_judgement(lease=lease, membership=person, payload={"choice": ["a"]}, idempotency_key=key)
    assert first == again
    assert Comparison.objects.count() == 1


def test_undo_retracts_the_verdict_keeps_the_row_and_gives_the_task_back(project):
    queue, person = queue_of(project), person_in(project)
    judged = judge(queue, person)
    lease = undo_last(queue=queue, membership=person, idempotency_key=uuid7())
    assert lease.task == judged.task
    assert list(Annotation.objects.order_by("id").values_list("act", flat=True)) == ["judged", "undone"]
    assert Comparison.objects.get().retracted_at


def test_an_undone_task_can_be_judged_again(project):
    queue, person = queue_of(project, pairs=1), person_in(project)
    judge(queue, person)
    undo_last(queue=queue, membership=person, idempotency_key=uuid7())
    judge(queue, person, "b")
    assert Comparison.objects.filter(retracted_at__isnull=True).count() == 1
    assert Task.objects.get().open_slots == 0


def test_undo_with_nothing_to_undo_changes_nothing(project):
    queue, person = queue_of(project), person_in(project)
    assert undo_last(queue=queue, membership=person, idempotency_key=uuid7()) is None


def test_a_skipped_task_goes_to_others_and_not_back_to_who_skipped_it(project):
    queue, person = queue_of(project, pairs=1), person_in(project)
    lease = lease_next_task(queue=queue, membership=person)
    skip_task(lease=lease, membership=person, reason="not my field", idempotency_key=uuid7())
    assert lease_next_task(queue=queue, membership=person) is None
    assert lease_next_task(queue=queue, membership=person_in(project)).task == lease.task


def test_an_expired_lease_returns_its_slot(project):
    queue = queue_of(project, pairs=1)
    lease_next_task(queue=queue, membership=person_in(project))
    later = timezone.now() + timedelta(hours=1)
    assert lease_next_task(queue=queue, membership=person_in(project), now=later) is not None


def test_a_late_answer_counts_while_a_slot_is_free(project):
    queue, person = queue_of(project, pairs=1), person_in(project)
    lease = lease_next_task(queue=queue, membership=person)
    lease_next_task(queue=queue, membership=person, now=timezone.now() + timedelta(hours=1))
    submit_judgement(lease=lease, membership=person, payload={"choice": ["a"]}, idempotency_key=uuid7())
    assert Comparison.objects.count() == 1


def test_a_late_answer_beyond_the_overlap_is_refused_with_a_reason(project):
    queue, slow, quick = queue_of(project, pairs=1), person_in(project), person_in(project)
    lease = lease_next_task(queue=queue, membership=slow)
    Lease.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    judge(queue, quick)
    with pytest.raises(QuotaReachedError, match="ran out"):
        submit_judgement(lease=lease, membership=slow, payload={"choice": ["a"]}, idempotency_key=uuid7())
    assert Comparison.objects.count() == 1


def test_an_unknown_answer_is_refused_and_the_lease_stays(project):
    queue, person = queue_of(project), person_in(project)
    lease = lease_next_task(queue=queue, membership=person)
    with pytest.raises(AnswerError, match="no answer here"):
        submit_judgement(lease=lease, membership=person, payload={"choice": ["c"]}, idempotency_key=uuid7())
    assert lease_next_task(queue=queue, membership=person) == lease


def test_an_answer_from_a_lease_of_long_ago_is_no_second_vote(project):
    queue, person = queue_of(project, pairs=1, overlap=2), person_in(project)
    old = lease_next_task(queue=queue, membership=person)
    lease_next_task(queue=queue, membership=person, now=timezone.now() + timedelta(hours=1))
    judge(queue, person)
    with pytest.raises(HarkenError, match="judged this already"):
        submit_judgement(lease=old, membership=person, payload={"choice": ["b"]}, idempotency_key=uuid7())
    assert (Comparison.objects.count(), Task.objects.get().open_slots) == (1, 1)


def test_a_skip_from_another_window_leaves_a_judgement_as_it_is(project, annotator, client_of):
    queue, person = queue_of(project, pairs=1), Membership.objects.get(user=annotator)
    lease = lease_next_task(queue=queue, membership=person)
    submit_judgement(lease=lease, membership=person, payload={"choice": ["a"]}, idempotency_key=uuid7())
    address = reverse("annotation:task_skip", args=[project.slug, queue.uuid])
    client_of(annotator).post(address, {"lease": lease.uuid, "idempotency_key": uuid7(), "reason": "tired"})
    assert [act.act for act in Annotation.objects.all()] == ["judged"]


@pytest.mark.parametrize("moment", ["archived_at", "withdrawn_at"])
def test_what_was_taken_out_of_the_corpus_is_not_asked(project, moment):
    queue, person = queue_of(project, pairs=1), person_in(project)
    lease_next_task(queue=queue, membership=person)
    Conversation.objects.update(**{moment: timezone.now()})
    assert lease_next_task(queue=queue, membership=person) is None
    assert lease_next_task(queue=queue, membership=person_in(project)) is None
    assert queue_progress(queue, membership=person).wanted == 0


def test_what_was_taken_out_of_the_corpus_does_not_come_into_a_queue(project):
    make_pair(project)
    Conversation.objects.update(archived_at=timezone.now())
    assert queue_of(project, pairs=1).tasks.count() == 1


def test_the_next_task_and_a_save_take_at_most_eight_queries_each(project):
    queue, person = queue_of(project), person_in(project)
    with CaptureQueriesContext(connection) as of_next:
        lease = lease_next_task(queue=queue, membership=person)
    with CaptureQueriesContext(connection) as of_save:
        sent = lease_of(queue, uuid=lease.uuid, membership=person)
        submit_judgement(lease=sent, membership=person, payload={"choice": ["a"]}, idempotency_key=uuid7())
    for captured in (of_next, of_save):
        assert [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]][8:] == []


def test_filling_a_queue_again_adds_only_new_pairs(project):
    queue = queue_of(project)
    make_pair(project, question="A new one?")
    assert fill_queue(queue=queue) == 1
    assert fill_queue(queue=queue) == 0


def test_a_judgement_cannot_be_changed_or_removed(project):
    judge(queue_of(project), person_in(project))
    for statement in ("UPDATE annotation_annotation SET answer = '{}'", "DELETE FROM annotation_annotation"):
        with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
            connection.cursor().execute(statement)


def _drain(queue: Queue, person: Membership, failures: list[Exception]) -> None:
    try:
        while (lease := lease_next_task(queue=queue, membership=person)) is not None:
            submit_judgement(
                lease=lease, membership=person, payload={"choice": ["a"]}, idempotency_key=uuid7()
            )
    except Exception as error:  # noqa: BLE001 - a thread's failure must reach the test
        failures.append(error)
    finally:
        connection.close()


def test_one_judgement_sent_many_times_at_once_counts_once(committed_db):
    project = make_project("impatient")
    queue, person, key = queue_of(project, pairs=1), person_in(project), uuid7()
    lease = lease_next_task(queue=queue, membership=person)
    with ThreadPoolExecutor(max_workers=6) as crowd:
        sent = {crowd.submit(_send, lease, person, key) for _ in range(6)}
    assert len({future.result() for future in sent}) == 1
    assert Comparison.objects.count() == 1


def _send(lease: Lease, person: Membership, key: UUID) -> int:
    try:
        payload = {"choice": "a"}
        return submit_judgement(lease=lease, membership=person, payload=payload, idempotency_key=key).pk
    finally:
        connection.close()


def test_undo_pressed_twice_at_once_takes_back_one_judgement(committed_db):
    project = make_project("hasty")
    queue, person, key = queue_of(project, pairs=2), person_in(project), uuid7()
    judge(queue, person)
    judge(queue, person)
    with ThreadPoolExecutor(max_workers=2) as both:
        leases = [both.submit(_undo, queue, person, key) for _ in range(2)]
    assert len({future.result() for future in leases}) == 1
    assert Comparison.objects.filter(retracted_at__isnull=True).count() == 1


def _undo(queue: Queue, person: Membership, key: UUID) -> int:
    try:
        return undo_last(queue=queue, membership=person, idempotency_key=key).pk
    finally:
        connection.close()


def test_many_people_at_once_drain_a_queue_to_exactly_its_overlap(committed_db):
    project = make_project("crowd")
    queue = queue_of(project, pairs=25, overlap=2)
    failures: list[Exception] = []
    people = [Thread(target=_drain, args=(queue, person_in(project), failures)) for _ in range(8)]
    for thread in people:
        thread.start()
    for thread in people:
        thread.join()
    assert failures == []
    assert Comparison.objects.count() == 50
    assert set(Task.objects.values_list("open_slots", flat=True)) == {0}


def _work(queue: Queue, person: Membership, turn: int, failures: list[Exception]) -> None:
    """Judge all there is, and do everything else that people do: fetch ahead, pass on, lose a lease, take back."""
    try:
        done = 0
        while (lease := lease_next_task(queue=queue, membership=person)) is not None:
            done += 1
            key = uuid7()
            if (turn + done) % 5 == 0:
                prefetch_task(queue=queue, membership=person)
            if (turn + done) % 17 == 0:
                skip_task(lease=lease, membership=person, reason="unclear", idempotency_key=key)
                continue
            if (turn + done) % 11 == 0:
                Lease.objects.filter(pk=lease.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
            with suppress(HarkenError):
                submit_judgement(
                    lease=lease, membership=person, payload={"choice": ["a"]}, idempotency_key=key
                )
            if (turn + done) % 13 == 0:
                undo_last(queue=queue, membership=person, idempotency_key=uuid7())
    except Exception as error:  # noqa: BLE001 - a thread's failure must reach the test
        failures.append(error)
    finally:
        connection.close()


def test_sixty_four_people_at_once_leave_every_slot_in_its_place(committed_db):
    project = make_project("throng")
    queue = queue_of(project, pairs=40, overlap=3)
    people, failures = [person_in(project) for _ in range(64)], list[Exception]()
    # As many at a time as a server with other guests has connections for.
    with ThreadPoolExecutor(max_workers=32) as crowd:
        for turn, person in enumerate(people):
            crowd.submit(_work, queue, person, turn, failures)
    assert failures == []
    end_expired_leases(now=timezone.now() + timedelta(days=1))
    late = person_in(project)
    _work(queue, late, 1, failures)
    standing = standing_judgements().filter(task__queue=queue)
    by_task = dict(standing.order_by().values_list("task").annotate(count=Count("id")))
    for task in Task.objects.filter(queue=queue):
        assert task.open_slots + by_task.get(task.pk, 0) == task.wanted == 3
    assert Comparison.objects.filter(retracted_at__isnull=True).count() == sum(by_task.values()) >= 115


def test_a_queue_over_a_saved_view_holds_the_pairs_of_its_conversations_alone(project, researcher):
    wanted, other = make_pair(project), make_pair(project, question="Was ist 2+2?")
    Conversation.objects.filter(pk=other.prompt.conversation_id).update(language="de")
    view = save_view(
        project=project, name="English", filters=ConversationFilters(language="en"), actor=researcher
    )
    queue = create_pair_queue(project=project, name="English", view=str(view.uuid))
    assert list(queue.tasks.values_list("pair", flat=True)) == [wanted.pk]
    archive_view(view=view, actor=researcher)
    assert fill_queue(queue=queue) == 0


@pytest.mark.parametrize(("pairs", "is_asked"), [("mined", True), ("candidates", False)])
def test_only_a_queue_of_mined_pairs_tells_how_often_people_agree_with_the_miner(
    project, researcher, client_of, pairs, is_asked
):
    queue = create_pair_queue(project=project, name="some", pairs=pairs)
    address = reverse("annotation:queue_detail", args=[project.slug, queue.uuid])
    body = client_of(researcher).get(address).content.decode()
    assert ("agree with the miner" in body) is is_asked


def test_a_queue_of_ratings_asks_for_each_answer_of_a_pair_once(project):
    pair, person = make_pair(project), person_in(project)
    queue = create_queue(project=project, name="rated", protocol="rating", source={"pairs": "mined"})
    asked = []
    while lease := lease_next_task(queue=queue, membership=person):
        asked += lease.order_shown
        submit_judgement(lease=lease, membership=person, payload={"choice": ["5"]}, idempotency_key=uuid7())
    assert sorted(asked) == sorted([str(pair.chosen.uuid), str(pair.rejected.uuid)])


def test_what_somebody_would_rather_not_read_goes_to_others(project):
    queue, person = queue_of(project, pairs=2), person_in(project)
    flagged = Task.objects.order_by("id").first()
    Tag.objects.create(
        project=project, conversation=flagged.conversation, name="toxicity", source=Tag.Source.ENRICHMENT
    )
    change_desk_preferences(user=person.user, declined=["toxicity"])
    lease = lease_next_task(queue=queue, membership=person)
    assert lease.task != flagged
    submit_judgement(lease=lease, membership=person, payload={"choice": ["a"]}, idempotency_key=uuid7())
    assert lease_next_task(queue=queue, membership=person) is None
    assert lease_next_task(queue=queue, membership=person_in(project)).task == flagged


def mined_pair(project):
    """A complaint between two answers: the later one is chosen, and its own question is the complaint."""
    turns = [
        ("user", "How do I boil an egg?"),
        ("assistant", "In water."),
        ("user", "That is too short, tell me the minutes."),
        ("assistant", "Seven minutes in boiling water."),
    ]
    earlier, later = (
        ensure_logged_response(message=message)
        for message in make_conversation(project, turns=turns)
        .messages.filter(role="assistant")
        .order_by("position")
    )
    return publish_pair(chosen=later, rejected=earlier, origin=PreferencePair.Origin.MINED)[0]


@pytest.mark.parametrize("protocol", ["pairwise", "rating", "ranking"])
def test_both_answers_of_a_mined_pair_stand_under_the_first_question(project, protocol):
    mined_pair(project)
    queue = create_queue(project=project, name=protocol, protocol=protocol, source={"pairs": "mined"})
    person, seen = person_in(project), []
    for task in queue.tasks.all():
        card = task_card(lease_task(task=task, membership=person))
        seen += [answer.text for answer in card.answers]
        assert {answer.question for answer in card.answers} == {"How do I boil an egg?"}
        assert "too short" not in str(card)
    assert sorted(seen) == ["In water.", "Seven minutes in boiling water."]


def test_another_answer_under_a_key_that_was_used_is_refused(project):
    queue, person = queue_of(project), person_in(project)
    lease, key = lease_next_task(queue=queue, membership=person), uuid7()
    submit_judgement(lease=lease, membership=person, payload={"choice": ["a"]}, idempotency_key=key)
    with pytest.raises(HarkenError, match="saved already"):
        submit_judgement(lease=lease, membership=person, payload={"choice": ["b"]}, idempotency_key=key)


def test_a_key_of_another_task_is_refused_with_a_sentence(project):
    queue, person = queue_of(project), person_in(project)
    judged = judge(queue, person)
    lease = lease_next_task(queue=queue, membership=person)
    with pytest.raises(HarkenError, match="out of date"):
        submit_judgement(
            lease=lease,
            membership=person,
            payload={"choice": ["a"]},
            idempotency_key=judged.idempotency_key,
        )


def test_a_draft_is_laid_over_the_order_that_it_was_begun_under(project):
    queue, person = queue_of(project, pairs=1), person_in(project)
    for _ in range(8):
        lease = lease_next_task(queue=queue, membership=person)
        keep_draft(lease=lease, fields={"choice": ["a"]})
        Lease.objects.filter(pk=lease.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
        again = lease_next_task(queue=queue, membership=person)
        assert (again.order_shown, again.draft) == (lease.order_shown, {"choice": ["a"]})


def test_an_answer_to_a_task_that_is_gone_is_refused_with_a_sentence(project, annotator, client_of):
    queue = queue_of(project)
    submit = reverse("annotation:judgement_submit", args=[project.slug, queue.uuid])
    sent = {"lease": str(uuid7()), "idempotency_key": str(uuid7()), "choice": "a"}
    answer = client_of(annotator).post(submit, sent, headers={"HX-Request": "true"})
    assert answer["X-Harken-Desk"] == "refused"
    assert "not there any more" in answer.content.decode()
