"""Known answers, entry tests, contests; answers sent back; the last word after a disagreement."""

import pytest
from django.urls import reverse
from uuid6 import uuid7

from annotation.domain.protocol import Asked, Conclusions, Preference, Rating
from annotation.domain.quality.gold import EntryTest, is_right
from annotation.models import Adjudication, Annotation, FigureReport, GoldAnswer, ReturnedAnswer, Task
from annotation.protocols.pairwise import PAIRWISE
from annotation.queries.desk.cards import queue_progress
from annotation.queries.quality import disagreements as differing
from annotation.queries.quality import people as at_work
from annotation.queries.quality.disagreements import disagreements
from annotation.queries.quality.gold import entry_test, gold_accuracies, gold_answers
from annotation.queries.quality.known import contests_in_words, known_in_words
from annotation.queries.quality.review import returned_count
from annotation.queries.queues.progress import desk_progress
from annotation.services.desk.judgements import submit_judgement, undo_last
from annotation.services.desk.leases import draw_order, lease_next_task, lease_task
from annotation.services.figures.reports import compute_report
from annotation.services.quality.gold import contest_gold, resolve_contest, set_gold
from annotation.services.quality.review import adjudicate, return_answer
from annotation.services.queues.setup import create_pair_queue
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.models import Comparison, Membership
from tests.cast import make_member, make_pair

TWO_ANSWERS = '<td class="number wide-only">2</td>'


def person_in(project, role: Role = Role.ANNOTATOR) -> Membership:
    return Membership.objects.get(user=make_member(project, role), project=project)


def queue_of(project, pairs: int = 3, overlap: int = 1, **rules):
    for number in range(pairs):
        make_pair(project, question=f"Question {number}?")
    queue = create_pair_queue(project=project, name="mined", overlap=overlap)
    for name, value in rules.items():
        setattr(queue, name, value)
    queue.save()
    return queue


def prefer(lease, person, first: bool = True) -> Annotation:
    """Prefer the pair's chosen answer, or the rejected one."""
    wanted = lease.task.pair.chosen if first else lease.task.pair.rejected
    choice = "a" if lease.order_shown[0] == str(wanted.uuid) else "b"
    return submit_judgement(
        lease=lease, membership=person, payload={"choice": [choice]}, idempotency_key=uuid7()
    )


def known_answer(queue, researcher) -> GoldAnswer:
    """Make the next task of the queue one with a known answer: the chosen side."""
    expert = Membership.objects.get(user=researcher, project=queue.project)
    task = Task.objects.filter(queue=queue, is_gold=False).order_by("id").first()
    annotation = prefer(lease_task(task=task, membership=expert), expert)
    return set_gold(
        queue=queue,
        annotation_uuid=annotation.uuid,
        membership=expert,
        explanation="It answers the question.",
    )


def test_a_verdict_is_right_whichever_side_it_stood_on():
    known = PAIRWISE.conclude({"choice": "a"}, Asked(shown=("x", "y"), settings=PAIRWISE.settings({})))
    same = PAIRWISE.conclude({"choice": "b"}, Asked(shown=("y", "x"), settings=PAIRWISE.settings({})))
    other = PAIRWISE.conclude({"choice": "a"}, Asked(shown=("y", "x"), settings=PAIRWISE.settings({})))
    assert is_right(same, known, tolerance=0)
    assert not is_right(other, known, tolerance=0)


def test_ratings_may_differ_by_the_tolerance():
    known = Conclusions(ratings=[Rating(response="x", attribute="overall", value=5)])
    near = Conclusions(ratings=[Rating(response="x", attribute="overall", value=6)])
    assert is_right(near, known, tolerance=1)
    assert not is_right(near, known, tolerance=0.5)


def test_the_strength_of_a_right_preference_does_not_matter():
    known = Conclusions(preferences=[Preference(first="x", second="y", outcome="a", strength=1)])
    strong = Conclusions(preferences=[Preference(first="x", second="y", outcome="a", strength=3)])
    assert is_right(strong, known, tolerance=0)


def test_an_entry_test_is_passed_by_the_share_that_is_asked():
    assert EntryTest(size=5, pass_share=0.8, answered=5, right=4).is_passed
    assert not EntryTest(size=5, pass_share=0.8, answered=5, right=3).is_passed
    assert not EntryTest(size=5, pass_share=0.8, answered=4, right=4).is_passed


def test_known_answers_come_first_and_open_the_queue(project, researcher):
    queue = queue_of(project)
    gold = known_answer(queue, researcher)
    queue.entry_test_size = 1
    queue.save()
    person = person_in(project)
    test = lease_next_task(queue=queue, membership=person)
    assert test.task_id == gold.task_id
    prefer(test, person)
    assert entry_test(queue, membership=person).is_passed
    assert lease_next_task(queue=queue, membership=person).task_id != gold.task_id


def test_a_failed_entry_test_gives_no_task(project, researcher):
    queue = queue_of(project)
    known_answer(queue, researcher)
    queue.entry_test_size = 1
    queue.save()
    person = person_in(project)
    prefer(lease_next_task(queue=queue, membership=person), person, first=False)
    assert lease_next_task(queue=queue, membership=person) is None


def test_known_answers_publish_nothing_and_count_for_no_progress(project, researcher):
    queue = queue_of(project, pairs=2)
    known_answer(queue, researcher)
    assert not Comparison.objects.filter(retracted_at__isnull=True).exists()
    assert queue_progress(queue, membership=None).wanted == 1


def test_the_desk_counts_on_after_a_known_answer_too(project, researcher):
    queue, person = queue_of(project), person_in(project)
    known_answer(queue, researcher)
    queue.gold_share = 0.5
    seen = [desk_progress(queue, membership=person)]
    while lease := lease_next_task(queue=queue, membership=person):
        prefer(lease, person)
        seen.append(desk_progress(queue, membership=person))
    assert [progress.mine for progress in seen] == list(range(len(seen)))
    assert [progress.judged for progress in seen] == list(range(len(seen)))
    assert {progress.wanted for progress in seen} == {3}
    undo_last(queue=queue, membership=person, idempotency_key=uuid7())
    assert desk_progress(queue, membership=person).mine == len(seen) - 2


def test_a_known_answer_is_mixed_in_by_its_share(project, researcher):
    queue = queue_of(project, pairs=12)
    golds = {known_answer(queue, researcher).task_id for _ in range(4)}
    queue.gold_share = 0.5
    queue.save()
    person, met = person_in(project), []
    while lease := lease_next_task(queue=queue, membership=person):
        met.append(lease.task_id in golds)
        prefer(lease, person)
    assert met.count(False) == 8
    assert any(met)


def test_only_the_first_answer_to_a_known_one_counts(project, researcher):
    queue = queue_of(project, pairs=2)
    gold = known_answer(queue, researcher)
    person = person_in(project)
    lease = lease_task(task=gold.task, membership=person)
    wrong = prefer(lease, person, first=False)
    right = "a" if lease.order_shown[0] == str(lease.task.pair.chosen.uuid) else "b"
    submit_judgement(
        lease=lease,
        membership=person,
        payload={"choice": [right]},
        idempotency_key=uuid7(),
        revises=wrong.uuid,
    )
    accuracy = gold_accuracies(queue)[person.pk]
    assert (accuracy.count, accuracy.of) == (0, 1)
    (listed,) = gold_answers(queue)
    assert (vars(listed)["met"], vars(listed)["right"]) == (1, 0)


def test_a_contested_answer_counts_for_nobody_until_it_is_decided(project, researcher):
    queue = queue_of(project, pairs=2)
    gold = known_answer(queue, researcher)
    person = person_in(project)
    with pytest.raises(HarkenError, match="once you have answered"):
        contest_gold(gold=gold, membership=person, reason="No.")
    prefer(lease_task(task=gold.task, membership=person), person, first=False)
    contest = contest_gold(gold=gold, membership=person, reason="B is the right one.")
    assert gold_accuracies(queue) == {}
    resolve_contest(queue=queue, contest_uuid=contest.uuid, is_upheld=False, actor=researcher)
    assert gold_accuracies(queue)[person.pk].of == 1


def test_who_decides_a_contest_reads_what_is_known_and_what_was_answered(project, researcher, client_of):
    queue = queue_of(project, pairs=1)
    gold, person = known_answer(queue, researcher), person_in(project)
    prefer(lease_task(task=gold.task, membership=person), person, first=False)
    contest_gold(gold=gold, membership=person, reason="B is the right one.")
    (known,), (contest,) = known_in_words(queue), contests_in_words(queue)
    chosen, rejected = gold.task.pair.chosen.text, gold.task.pair.rejected.text
    assert (known.says, contest.known, contest.answered) == (f"“{chosen}”", f"“{chosen}”", f"“{rejected}”")
    page = client_of(researcher).get(reverse("annotation:queue_gold", args=[project.slug, queue.uuid]))
    assert gold.task.conversation.title in page.content.decode()


def test_an_upheld_contest_takes_the_answer_out_for_good(project, researcher):
    queue = queue_of(project, pairs=2)
    gold = known_answer(queue, researcher)
    person = person_in(project)
    prefer(lease_task(task=gold.task, membership=person), person, first=False)
    contest = contest_gold(gold=gold, membership=person, reason="B is the right one.")
    resolve_contest(queue=queue, contest_uuid=contest.uuid, is_upheld=True, actor=researcher)
    gold.refresh_from_db()
    assert gold.suspended_at
    with pytest.raises(HarkenError, match="decided already"):
        resolve_contest(queue=queue, contest_uuid=contest.uuid, is_upheld=False, actor=researcher)


def test_an_answer_sent_back_waits_until_it_is_given_anew(project, researcher):
    queue, person = queue_of(project), person_in(project)
    lease = lease_next_task(queue=queue, membership=person)
    first = prefer(lease, person)
    return_answer(queue=queue, annotation_uuid=first.uuid, note="Read the second sentence.", actor=researcher)
    assert ReturnedAnswer.objects.get(annotation=first).note == "Read the second sentence."
    assert returned_count(person, queue=queue) == 1
    submit_judgement(
        lease=lease,
        membership=person,
        payload={"choice": ["tie"]},
        idempotency_key=uuid7(),
        revises=first.uuid,
    )
    assert returned_count(person, queue=queue) == 0


def test_disagreements_wait_for_somebody_who_did_not_vote(project, researcher):
    queue = queue_of(project, pairs=2, overlap=2)
    people = [person_in(project), person_in(project)]
    for place, person in enumerate(people):
        prefer(lease_next_task(queue=queue, membership=person), person, first=place == 0)
    (found,) = disagreements(queue)
    assert found.votes == 2
    order = draw_order(found.task)
    with pytest.raises(HarkenError, match="judged this task yourself"):
        adjudicate(task=found.task, membership=people[0], payload={"choice": ["a"]}, order_shown=order)
    judge = Membership.objects.get(user=researcher, project=project)
    adjudicate(task=found.task, membership=judge, payload={"choice": ["a"]}, order_shown=order)
    assert disagreements(queue) == []
    with pytest.raises(HarkenError, match="decided already"):
        adjudicate(task=found.task, membership=judge, payload={"choice": ["b"]}, order_shown=order)


def test_the_pages_of_quality_can_be_opened(project, researcher, client_of):
    queue = queue_of(project, pairs=3, overlap=2)
    known_answer(queue, researcher)
    people = [person_in(project), person_in(project)]
    for place, person in enumerate(people):
        prefer(lease_next_task(queue=queue, membership=person), person, first=place == 0)
    pages = {}
    for name in ("queue_people", "queue_gold", "queue_review", "desk_history"):
        address = reverse(f"annotation:{name}", args=[project.slug, queue.uuid])
        pages[name] = client_of(researcher).get(address).content.decode()
    assert people[0].pseudonym in pages["queue_people"]
    assert "It answers the question." in pages["queue_gold"]
    assert TWO_ANSWERS in pages["queue_review"]
    assert "Make it a known answer" in pages["desk_history"]


def test_the_review_tells_what_was_preferred_and_not_on_whose_side_it_stood(
    project, researcher, client_of, django_assert_max_num_queries
):
    queue = queue_of(project, pairs=3)
    person = person_in(project)
    for _ in range(3):
        prefer(lease_next_task(queue=queue, membership=person), person)
    address = reverse("annotation:queue_review", args=[project.slug, queue.uuid])
    client = client_of(researcher)
    client.get(address)
    with django_assert_max_num_queries(20):
        page = client.get(address).content.decode()
    assert "is better" not in page
    assert page.count("“") == 3


def test_votes_stay_hidden_until_the_last_word_is_in(project, researcher, client_of):
    queue = queue_of(project, pairs=1, overlap=2)
    people = [person_in(project), person_in(project)]
    for place, person in enumerate(people):
        prefer(lease_next_task(queue=queue, membership=person), person, first=place == 0)
    (found,) = disagreements(queue)
    client = client_of(researcher)
    address = reverse("annotation:adjudication", args=[project.slug, queue.uuid, found.task.uuid])
    before = client.get(address).content.decode()
    assert not any(person.pseudonym in before for person in people)
    submit = reverse("annotation:judgement_submit", args=[project.slug, queue.uuid])
    keys = {"lease": str(uuid7()), "idempotency_key": str(uuid7()), "adjudicates": str(found.task.uuid)}
    keys["order"] = client.get(address).context["signed_order"]
    after = client.post(submit, {**keys, "choice": "a"}).content.decode()
    assert all(person.pseudonym in after for person in people)


def test_an_entry_test_tells_what_was_right(project, researcher, annotator, client_of):
    queue = queue_of(project, pairs=2, entry_test_size=1)
    known_answer(queue, researcher)
    person = Membership.objects.get(user=annotator, project=project)
    desk = client_of(annotator).get(reverse("annotation:desk", args=[project.slug, queue.uuid]))
    assert "0 of 1 are done" in desk.content.decode()
    lease = lease_next_task(queue=queue, membership=person)
    wrong = "b" if lease.order_shown[0] == str(lease.task.pair.chosen.uuid) else "a"
    submit = reverse("annotation:judgement_submit", args=[project.slug, queue.uuid])
    sent = {"lease": str(lease.uuid), "idempotency_key": str(uuid7()), "choice": wrong}
    page = client_of(annotator).post(submit, sent, headers={"HX-Request": "true"}).content.decode()
    assert "Entry test: the known answer is another." in page
    assert "It answers the question." in page
    assert "0 of your 1 answers in the entry test" in page


def test_an_entry_test_ends_with_the_known_answers_that_are_left(project, researcher):
    queue = queue_of(project)
    known_answer(queue, researcher)
    queue.entry_test_size = 5
    queue.save()
    person = person_in(project)
    prefer(lease_next_task(queue=queue, membership=person), person)
    assert not lease_next_task(queue=queue, membership=person).task.is_gold


def test_both_bad_is_not_the_same_as_a_tie():
    bad, tie = (
        PAIRWISE.conclude({"choice": choice}, Asked(shown=("x", "y"), settings=PAIRWISE.settings({})))
        for choice in ("both_bad", "tie")
    )
    assert not is_right(bad, tie, tolerance=0)


def test_a_decision_means_the_sides_that_its_form_showed(project, researcher, client_of):
    queue = queue_of(project, pairs=1, overlap=2)
    people = [person_in(project), person_in(project)]
    for place, person in enumerate(people):
        prefer(lease_next_task(queue=queue, membership=person), person, first=place == 0)
    (found,) = disagreements(queue)
    client = client_of(researcher)
    address = reverse("annotation:adjudication", args=[project.slug, queue.uuid, found.task.uuid])
    shown = client.get(address).context["card"].lease.order_shown
    signed = client.get(address).context["signed_order"]
    submit = reverse("annotation:judgement_submit", args=[project.slug, queue.uuid])
    sent = {"lease": str(uuid7()), "idempotency_key": str(uuid7()), "choice": "a"}
    refused = client.post(submit, {**sent, "adjudicates": str(found.task.uuid), "order": "forged"})
    assert refused["X-Harken-Desk"] == "refused"
    client.post(submit, {**sent, "adjudicates": str(found.task.uuid), "order": signed})
    assert sorted(Adjudication.objects.get().order_shown) == sorted(shown)


@pytest.mark.parametrize(
    ("figure", "module", "told"),
    [("queue_people", at_work, "PERSON"), ("queue_review", differing, TWO_ANSWERS)],
)
def test_those_of_a_large_queue_are_found_by_a_worker(
    project, researcher, client_of, monkeypatch, figure, module, told
):
    monkeypatch.setattr(module, "AT_ONCE", 0)
    queue, judges = queue_of(project, pairs=1, overlap=2), [person_in(project), person_in(project)]
    for place, person in enumerate(judges):
        prefer(lease_next_task(queue=queue, membership=person), person, first=place == 0)
    client, told = client_of(researcher), told.replace("PERSON", judges[0].pseudonym)
    address = reverse(f"annotation:{figure}", args=[project.slug, queue.uuid])
    assert "a worker computes these figures" in client.get(address).content.decode()
    asked = reverse("annotation:queue_figures_compute", args=[project.slug, queue.uuid, figure])
    assert client.post(asked)["Location"] == address
    compute_report(job_id=FigureReport.objects.get().job_id)
    assert told in client.get(address).content.decode()
