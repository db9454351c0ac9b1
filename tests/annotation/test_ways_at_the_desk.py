"""A queue with several ways of asking: who is asked how, what is kept of it, and what it decides."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotation.domain.protocol import AnswerError
from annotation.models import Annotation, GoldResult, Lease, Queue
from annotation.queries.desk.conclusions import conclusions_of
from annotation.queries.desk.history import own_answer, own_answers
from annotation.queries.figures.computing import nobody_listens
from annotation.queries.queue_figures.queue_agreement import compute as agreement
from annotation.queries.queue_figures.queue_consensus import methods_for, queue_consensus
from annotation.queries.queue_figures.queue_judgements import queue_judgements
from annotation.queries.queues.ways import drawn_dimensions
from annotation.services.desk.judgements import submit_judgement, undo_last
from annotation.services.desk.leases import end_expired_leases, keep_draft, lease_next_task
from annotation.services.quality.gold import set_gold, set_gold_rules
from annotation.services.queues.setup import QueueRules, create_queue
from curation.domain.access.roles import Role
from curation.models import Comparison, Membership
from tests.cast import make_member, make_pair

pytestmark = pytest.mark.django_db

FORCED = {"neutral": ["on"], "wordings": ["Which would you rather send?"]}
SCALES = {"scales": ["7..1\n1..5"]}


def queue_of(project, *, protocol, told, overlap=2):
    return create_queue(
        project=project,
        name=f"Ways of {protocol}",
        protocol=protocol,
        source={"pairs": "mined"},
        rules=QueueRules(settings=told, overlap=overlap),
    )


def person_of(project, role=Role.ANNOTATOR) -> Membership:
    return Membership.objects.get(user=make_member(project, role), project=project)


def judge(lease, choice, **more) -> Annotation:
    return submit_judgement(
        lease=lease,
        membership=lease.membership,
        payload={"choice": [choice]},
        idempotency_key=uuid4(),
        **more,
    )


def judge_all(queue, person, *, choice) -> list[Annotation]:
    given = []
    while lease := lease_next_task(queue=queue, membership=person):
        given.append(judge(lease, choice(lease)))
    return given


@pytest.fixture
def pairs(project):
    return [make_pair(project, question=f"question {at}", chosen=f"better {at}") for at in range(6)]


def test_the_people_of_a_task_are_asked_in_different_ways_and_each_judgement_says_which(project, pairs):
    queue = queue_of(project, protocol="pairwise", told=FORCED)
    for _ in range(2):
        judge_all(queue, person_of(project), choice=lambda lease: "a")
    for task in queue.tasks.all():
        ways = list(task.annotations.values_list("way", flat=True))
        assert {way["neutral"] for way in ways} == {"usual", "forced choice"}
        assert {way["wording"] for way in ways} == {"usual", "Which would you rather send?"}
    assert set(Annotation.objects.values_list("way__neutral", flat=True)) == {"usual", "forced choice"}


def test_a_tie_is_refused_where_none_was_offered_and_taken_where_it_was(project, pairs):
    queue = queue_of(project, protocol="pairwise", told=FORCED)
    people = person_of(project), person_of(project)
    leases = [lease_next_task(queue=queue, membership=person) for person in people]
    forced, usual = sorted(leases, key=lambda lease: lease.way["neutral"])
    with pytest.raises(AnswerError, match="Choose one of a, b"):
        judge(forced, "tie")
    assert judge(usual, "tie").answer == {"choice": "tie"}


def test_ratings_on_drawn_scales_decide_on_the_common_one(project, pairs):
    queue = queue_of(project, protocol="rating", told=SCALES, overlap=3)
    best = {"usual": "7", "7..1": "1", "1..5": "5"}
    for _ in range(3):
        judge_all(queue, person_of(project), choice=lambda lease: best[lease.way["scale"]])
    assert {row.answer["rating"] for row in Annotation.objects.all()} == {7, 1, 5}
    ratings = queue_judgements(queue).ratings["overall"]
    assert {row.label for row in ratings.rows} == {"7"}


def test_undo_and_a_change_keep_the_way(project, pairs):
    queue, person = queue_of(project, protocol="rating", told=SCALES, overlap=3), person_of(project)
    for turn in range(3):
        lease = lease_next_task(queue=queue, membership=person)
        judged = judge(lease, "2")
        again = undo_last(queue=queue, membership=person, idempotency_key=uuid4())
        assert (again.task_id, again.way) == (judged.task_id, judged.way), turn
        judged = judge(again, "3")
        own = own_answer(queue, membership=person, uuid=judged.uuid)
        assert own is not None
        changed = judge(own[1], "4", revises=own[0].uuid)
        assert changed.way == judged.way


def test_a_draft_is_taken_up_in_the_way_it_was_begun_in(project, pairs):
    queue = queue_of(project, protocol="rating", told=SCALES, overlap=3)
    person = person_of(project)
    begun = lease_next_task(queue=queue, membership=person)
    keep_draft(lease=begun, fields={"choice": ["3"]})
    # Somebody else takes the next place of the task, so that its next way would be another.
    lease_next_task(queue=queue, membership=person_of(project))
    Lease.objects.filter(pk=begun.pk).update(expires_at="2020-01-01T00:00Z")
    end_expired_leases(now=begun.created_at)
    again = lease_next_task(queue=queue, membership=person)
    assert (again.pk != begun.pk, again.task_id, again.way) == (True, begun.task_id, begun.way)


def test_a_preference_of_a_forced_choice_is_published_as_any_other(project, pairs):
    queue = queue_of(project, protocol="pairwise", told={"neutral": ["on"]})
    judge_all(queue, person_of(project), choice=lambda lease: "a")
    assert Comparison.objects.filter(source="person").count() == len(pairs)
    for annotation in Annotation.objects.select_related("task__queue"):
        (preference,) = conclusions_of(annotation).preferences
        assert preference.first == annotation.order_shown[0]


def test_ones_answers_are_told_as_they_were_asked(project, pairs):
    queue, person = queue_of(project, protocol="rating", told={"scales": ["7..1"]}), person_of(project)
    judge_all(queue, person, choice=lambda lease: "1")
    told = {
        answer.annotation.way["scale"]: answer.in_words for answer in own_answers(queue, membership=person)
    }
    assert told == {"usual": "1 · useless, or does harm", "7..1": "1 · nothing left to improve"}


def test_a_known_answer_is_asked_for_in_the_way_in_which_it_was_given(project, pairs):
    queue = queue_of(project, protocol="rating", told=SCALES, overlap=3)
    researcher = person_of(project, Role.RESEARCHER)
    known = judge(lease_next_task(queue=queue, membership=researcher), "2")
    set_gold(queue=queue, annotation_uuid=known.uuid, membership=researcher)
    set_gold_rules(queue=queue, actor=researcher.user, entry_test_size=1, entry_test_pass=1.0)
    for _ in range(3):
        lease = lease_next_task(queue=queue, membership=person_of(project))
        assert (lease.task_id, lease.way) == (known.task_id, known.way)
        judge(lease, "2")
    assert set(GoldResult.objects.values_list("is_right", flat=True)) == {True}


def test_the_desk_shows_the_way_that_was_drawn(project, pairs, client_of):
    queue = queue_of(project, protocol="pairwise", told=FORCED)
    seen = set()
    for _ in range(2):
        user = make_member(project, Role.ANNOTATOR)
        page = (
            client_of(user).get(reverse("annotation:desk", args=[project.slug, queue.uuid])).content.decode()
        )
        way = Lease.objects.get(membership__user=user).way
        assert ('value="tie"' in page) == (way["neutral"] == "usual")
        assert ("Which would you rather send?" in page) == (way["wording"] != "usual")
        assert "Which answer is better?" in page or way["wording"] != "usual"
        seen.add((way["neutral"], way["wording"]))
    assert len(seen) == 2


def test_a_way_costs_no_further_question_to_the_database(project, pairs):
    person, counts = person_of(project), []
    for told in ({}, FORCED):
        queue = queue_of(project, protocol="pairwise", told=told)
        queue.has_threads, queue.name = False, f"Pairs {len(told)}"
        queue.save()
        judge(lease_next_task(queue=queue, membership=person), "a")
        with CaptureQueriesContext(connection) as of_next:
            lease = lease_next_task(queue=queue, membership=person)
        with CaptureQueriesContext(connection) as of_save:
            judge(lease, "a")
        counts.append((len(of_next), len(of_save)))
    assert counts[0] == counts[1]


def test_a_researcher_offers_ways_and_sees_how_often_each_was_drawn(project, pairs, researcher, client_of):
    browser = client_of(researcher)
    sent = {"name": "Two ways", "protocol": "pairwise", "pairs": "mined", "overlap": "2"}
    sent |= {"overlap_policy": "fixed", "order": "given", "sending": "at_once", "audit_share": "0"}
    sent |= {"setting-neutral": "on", "setting-wordings": "Which one <b>helps</b> more?"}
    answer = browser.post(reverse("annotation:queue_new", args=[project.slug]), sent)
    assert answer.status_code == 302, answer.content.decode()
    queue = Queue.objects.get(name="Two ways")
    for _ in range(2):
        judge_all(queue, person_of(project), choice=lambda lease: "a")
    told = {each.name: each for each in drawn_dimensions(queue)}
    assert [(level.words, level.judged) for level in told["neutral"].levels] == [
        ("offered", 6),
        ("forced choice", 6),
    ]
    assert {each.compared for each in told.values()} == {6}
    page = browser.get(answer.url).content.decode()
    assert "Which one &lt;b&gt;helps&lt;/b&gt; more?" in page
    assert f"queues={queue.uuid}&amp;by=neutral&amp;by=wording" in page


def test_a_way_that_cannot_be_asked_is_refused_beside_its_field(project, pairs, researcher, client_of):
    sent = {
        "name": "Scales",
        "protocol": "rating",
        "pairs": "mined",
        "overlap": "2",
        "setting-scales": "1..70",
    }
    page = client_of(researcher).post(reverse("annotation:queue_new", args=[project.slug]), sent)
    assert page.status_code == 422
    assert page.context["form"].errors["setting-scales"] == [
        "'1..70' has a number without a key. Write a scale within 0 to 9, or 1 to 10."
    ]


def test_who_meets_a_task_again_is_asked_in_the_same_way(project, pairs):
    queue = queue_of(project, protocol="rating", told=SCALES, overlap=3)
    person = person_of(project)
    first = lease_next_task(queue=queue, membership=person)
    lease_next_task(queue=queue, membership=person_of(project))
    Lease.objects.filter(pk=first.pk).update(expires_at="2020-01-01T00:00Z")
    again = lease_next_task(queue=queue, membership=person)
    assert (again.pk != first.pk, again.task_id, again.way) == (True, first.task_id, first.way)


def test_agreement_and_every_consensus_of_ratings_read_the_common_scale(project, pairs):
    queue = queue_of(project, protocol="rating", told=SCALES, overlap=3)
    # One answer of two is as good as can be for everybody, the other one in the middle of its scale.
    best, middle = {"usual": "7", "7..1": "1", "1..5": "5"}, {"usual": "4", "7..1": "4", "1..5": "3"}
    for _ in range(3):
        judge_all(
            queue,
            person_of(project),
            choice=lambda lease: (best if lease.task_id % 2 else middle)[lease.way["scale"]],
        )
    told = agreement(project, {"queue": str(queue.uuid)}, report=nobody_listens)["asked"]["overall"]
    assert (told["alpha"], told["pairwise_agreement"]) == (1.0, 1.0)
    for method in methods_for(attribute="overall"):
        consensus = queue_consensus(queue, method=method, attribute="overall")
        assert {round(float(str(item.label))) for item in consensus.items} == {4, 7}, method.name
