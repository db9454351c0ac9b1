"""What the rules of a queue do to its tasks, and to whom they are given."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from uuid6 import uuid7

from annotation.models import Lease, Queue, QueueMember, Task
from annotation.queries.desk.cards import queue_progress
from annotation.queries.queues.crossed_answers import crossed_answers
from annotation.queries.queues.crossing import opens_next_at
from annotation.queries.queues.picking import is_plain, next_plain_task, open_tasks
from annotation.queries.queues.rules import source_in_words
from annotation.services.desk.judgements import skip_task, submit_judgement
from annotation.services.desk.leases import lease_next_task, prefetch_task
from annotation.services.queues.crossed_setup import Crossing, create_crossed_queues
from annotation.services.queues.crossing import free_places
from annotation.services.queues.retirement import put_task_back
from annotation.services.queues.setup import QueueRules, create_queue
from curation.domain.access.roles import Role
from curation.models import (
    Conversation,
    Dataset,
    DatasetRow,
    DatasetVersion,
    Membership,
    Message,
    PreferencePair,
    Prompt,
    Response,
)
from tests.cast import make_conversation, make_member, make_pair

MINED = {"pairs": "mined"}


def person_in(project) -> Membership:
    return Membership.objects.get(user=make_member(project, Role.ANNOTATOR))


def queue_of(project, *, protocol: str = "pairwise", source=MINED, **rules) -> Queue:
    name = f"queue {uuid7()}"
    told = QueueRules(**rules)
    return create_queue(project=project, name=name, protocol=protocol, source=source, rules=told)


def judge(queue: Queue, person: Membership, choice: str = "a", now=None) -> Task | None:
    lease = lease_next_task(queue=queue, membership=person, now=now)
    if lease is None:
        return None
    payload = {"choice": [choice]}
    submit_judgement(lease=lease, membership=person, payload=payload, idempotency_key=uuid7())
    return lease.task


def judge_all(queue: Queue, person: Membership, choice: str = "a", now=None) -> list[Task]:
    done = []
    while task := judge(queue, person, choice, now):
        done.append(task)
    return done


def skip(queue: Queue, person: Membership) -> None:
    lease = lease_next_task(queue=queue, membership=person)
    skip_task(lease=lease, membership=person, reason="unclear", idempotency_key=uuid7())


def test_raters_far_apart_bring_in_two_more(project):
    make_pair(project)
    rules = {"overlap": 3, "overlap_policy": "disagreement", "most_overlap": 5, "overlap_bound": 2}
    queue = queue_of(project, protocol="rating", **rules)
    first, second = queue.tasks.order_by("id")
    for grades in (("7", "5"), ("6", "5"), ("2", "4")):
        person = person_in(project)
        for grade in grades:
            judge(queue, person, grade)
    assert [Task.objects.get(pk=task.pk).wanted for task in (first, second)] == [5, 3]
    assert queue_progress(queue, membership=None).wanted == 8


def test_people_are_asked_until_their_majority_is_believed_or_no_more_may_be(project):
    make_pair(project)
    rules = {"overlap": 1, "overlap_policy": "confident", "most_overlap": 4, "overlap_bound": 0.85}
    queue = queue_of(project, protocol="rating", **rules)
    agreed, disputed = queue.tasks.order_by("id")
    for number in range(5):
        person = person_in(project)
        while lease := lease_next_task(queue=queue, membership=person):
            grade = "5" if lease.task == agreed else "17"[number % 2]
            payload = {"choice": [grade]}
            submit_judgement(lease=lease, membership=person, payload=payload, idempotency_key=uuid7())
    assert [Task.objects.get(pk=task.pk).wanted for task in (agreed, disputed)] == [2, 4]


def test_the_most_telling_pair_comes_first_and_a_sure_one_last(project):
    pairs = [make_pair(project) for _ in range(3)]
    for pair, confidence in zip(pairs, (0.97, 0.5, 0.8), strict=True):
        PreferencePair.objects.filter(pk=pair.pk).update(confidence=confidence)
    queue, person = queue_of(project, order="value"), person_in(project)
    assert [task.pair for task in judge_all(queue, person)] == [pairs[1], pairs[2], pairs[0]]


def test_the_audited_share_is_drawn_and_marked(project):
    for _ in range(40):
        make_pair(project)
    queue = queue_of(project, order="value", audit_share=0.25)
    assert 2 < queue.tasks.filter(is_audit=True).count() < 20


def test_a_task_that_two_people_passed_on_waits_for_a_researcher(project, researcher):
    make_pair(project)
    queue, third = queue_of(project, retire_after=2), person_in(project)
    for _ in range(2):
        skip(queue, person_in(project))
    assert lease_next_task(queue=queue, membership=third) is None
    put_task_back(task=queue.tasks.get(), actor=researcher)
    assert lease_next_task(queue=queue, membership=third) is not None


def test_only_the_people_listed_get_tasks_and_in_their_languages(project):
    make_pair(project)
    german = make_pair(project, question="Wie viel ist 2+2?")
    Conversation.objects.filter(pk=german.prompt.conversation_id).update(language="de")
    queue, listed, other = queue_of(project, is_restricted=True), person_in(project), person_in(project)
    QueueMember.objects.create(
        project=project, queue=queue, membership=listed, expertise="expert", languages=["de"]
    )
    assert lease_next_task(queue=queue, membership=other) is None
    assert [task.pair for task in judge_all(queue, listed)] == [german]


def test_a_queue_in_one_language_asks_nothing_in_another(project):
    make_pair(project)
    assert queue_of(project, language="de").tasks.count() == 0
    assert queue_of(project, language="en").tasks.count() == 1


def test_a_queue_may_draw_from_one_recipe_or_one_version(project):
    pair = make_pair(project)
    assert queue_of(project, source={"pairs": "recipe:dsat_then_better"}).tasks.get().pair == pair
    assert queue_of(project, source={"pairs": "recipe:constraint"}).tasks.count() == 0


def test_a_queue_over_a_version_asks_about_its_rows_with_and_without_a_pair(project):
    paired, imported, _other = make_pair(project), make_pair(project), make_pair(project)
    dataset = Dataset.objects.create(project=project, name="kept")
    version = DatasetVersion.objects.create(project=project, dataset=dataset, number=1)
    for place, (pair, kept) in enumerate([(paired, paired), (imported, None)]):
        DatasetRow.objects.create(
            project=project,
            version=version,
            position=place,
            split="train",
            prompt=pair.prompt,
            chosen=pair.chosen,
            rejected=pair.rejected,
            pair=kept,
            decided_by="imported",
            source="import",
        )
    DatasetVersion.objects.filter(pk=version.pk).update(frozen_at=timezone.now(), content_hash="h1:x")
    queue = queue_of(project, source={"pairs": f"version:{version.uuid}"})
    asked = {frozenset(task.asked.values_list("response", flat=True)) for task in queue.tasks.all()}
    assert asked == {frozenset({pair.chosen_id, pair.rejected_id}) for pair in (paired, imported)}
    assert source_in_words(queue) == "dataset version kept@1"


def test_the_kept_sql_finds_the_task_that_the_query_set_finds(project):
    for _ in range(4):
        make_pair(project)
    queue, person = queue_of(project, order="random"), person_in(project)
    assert is_plain(queue, membership=person)
    while expected := open_tasks(queue, membership=person, moment=timezone.now()).first():
        with transaction.atomic():
            assert next_plain_task(queue, membership=person) == expected
        judge(queue, person)
    with transaction.atomic():
        assert next_plain_task(queue, membership=person) is None


def answers_to_each_turn(project, turns: int) -> list[PreferencePair]:
    """Make a conversation with a pair at each of its user turns."""
    said = [(role, f"{role} {turn}") for turn in range(turns) for role in ("user", "assistant")]
    conversation = make_conversation(project, said)
    pairs = []
    for asked in conversation.messages.filter(role=Message.Role.USER).order_by("position"):
        prompt = Prompt.objects.create(project=project, conversation=conversation, last_message=asked)
        sides = [
            Response.objects.create(
                project=project,
                prompt=prompt,
                body=[{"type": "text", "text": text}],
                body_text=text,
                origin="imported",
                content_hash=f"h1:{text}{asked.pk}",
            )
            for text in ("one", "other")
        ]
        chosen, rejected = sides
        made = PreferencePair(
            project=project, prompt=prompt, chosen=chosen, rejected=rejected, origin="mined", recipe="x"
        )
        made.save()
        pairs.append(made)
    return pairs


def test_a_conversation_that_was_begun_is_read_to_its_end_before_another(project):
    for _ in range(3):
        answers_to_each_turn(project, turns=3)
    queue, person = queue_of(project, order="random"), person_in(project)
    read = [task.conversation_id for task in judge_all(queue, person)]
    assert len(read) == 9
    assert all(len(set(read[start : start + 3])) == 1 for start in (0, 3, 6))


def test_two_people_in_one_conversation_lose_nothing_of_it(project):
    answers_to_each_turn(project, turns=4)
    queue, people = queue_of(project), [person_in(project) for _ in range(2)]
    done = [judge(queue, people[turn % 2]) for turn in range(4)]
    assert len({task.pk for task in done}) == 4


def test_the_next_task_is_fetched_ahead_for_a_minute_and_then_begun(project):
    for _ in range(3):
        make_pair(project)
    queue, person = queue_of(project), person_in(project)
    assert prefetch_task(queue=queue, membership=person) is None
    held = lease_next_task(queue=queue, membership=person)
    ahead = prefetch_task(queue=queue, membership=person)
    assert ahead.expires_at - timezone.now() <= timedelta(seconds=60)
    assert prefetch_task(queue=queue, membership=person) == ahead
    assert lease_next_task(queue=queue, membership=person) == held
    submit_judgement(lease=held, membership=person, payload={"choice": ["a"]}, idempotency_key=uuid7())
    begun = lease_next_task(queue=queue, membership=person)
    assert (begun, begun.is_ahead) == (ahead, False)
    assert begun.expires_at - timezone.now() > timedelta(seconds=60)


def test_who_would_have_nothing_gets_what_somebody_fetched_ahead(project):
    for _ in range(2):
        make_pair(project)
    queue, quick, idle = queue_of(project), person_in(project), person_in(project)
    held = lease_next_task(queue=queue, membership=quick)
    ahead = prefetch_task(queue=queue, membership=quick)
    taken = lease_next_task(queue=queue, membership=idle)
    assert taken.task == ahead.task
    assert lease_next_task(queue=queue, membership=person_in(project)) is None
    assert lease_next_task(queue=queue, membership=quick) == held
    assert Lease.objects.filter(ended_at__isnull=True).count() == 2


def crossed(project, *, pairs: int, overlap: int = 1, hours: float = 24) -> tuple[Queue, Queue]:
    for _ in range(pairs):
        make_pair(project)
    rules = QueueRules(overlap=overlap)
    crossing = Crossing(protocols=("rating", "pairwise"), rules=(rules, rules), wash_out_hours=hours)
    return create_crossed_queues(project=project, name="study", source=MINED, crossing=crossing)


def test_each_person_meets_each_protocol_first_on_half_of_the_items(project):
    rating, choosing = crossed(project, pairs=6)
    person = person_in(project)
    rated = {task.conversation_id for task in judge_all(rating, person, "5")}
    chosen = {task.conversation_id for task in judge_all(choosing, person)}
    assert (len(rated), len(chosen), rated & chosen) == (3, 3, set())


def test_the_second_protocol_waits_until_the_gap_has_passed_and_says_until_when(project, client_of):
    rating, choosing = crossed(project, pairs=6)
    person = person_in(project)
    judge_all(rating, person, "5")
    judge_all(choosing, person)
    assert lease_next_task(queue=choosing, membership=person) is None
    opens = opens_next_at(choosing, membership=person)
    assert opens
    assert timedelta(hours=23) < opens - timezone.now() <= timedelta(hours=24)
    page = client_of(person.user).get(reverse("annotation:desk", args=[project.slug, choosing.uuid]))
    assert f"opens on {date_format(opens, 'DATETIME_FORMAT')}" in page.content.decode()
    later = timezone.now() + timedelta(hours=25)
    assert len(judge_all(rating, person, "5", now=later)) == 6
    assert len(judge_all(choosing, person, now=later)) == 3
    assert queue_progress(rating, membership=person).judged == 12


def test_who_reads_an_item_under_one_protocol_keeps_its_place_under_the_other(project):
    rating, choosing = crossed(project, pairs=4)
    one, other = person_in(project), person_in(project)
    read_by_one = {task.conversation_id for task in judge_all(rating, one, "5")}
    read_by_other = {task.conversation_id for task in judge_all(choosing, other)}
    assert read_by_one & read_by_other == set()
    later = timezone.now() + timedelta(hours=25)
    assert {task.conversation_id for task in judge_all(choosing, one, now=later)} >= read_by_one


def test_a_place_that_nobody_comes_back_for_is_freed(project, researcher):
    rating, _choosing = crossed(project, pairs=4)
    one, other = person_in(project), person_in(project)
    lease = lease_next_task(queue=rating, membership=one)
    assert free_places(queue=rating, membership=one, actor=researcher) == 1
    Lease.objects.filter(pk=lease.pk).update(expires_at=timezone.now())
    judge_all(rating, other, "5")
    judge_all(_choosing, other)
    assert rating.crossed_items.filter(open_places__gt=0).count() == 0


def test_what_a_person_said_under_both_protocols_stands_in_one_row(project):
    rating, choosing = crossed(project, pairs=2, hours=0)
    person = person_in(project)
    while lease := lease_next_task(queue=rating, membership=person) or lease_next_task(
        queue=choosing, membership=person
    ):
        better = min(uuid for uuid in map(str, _pair_of(lease)))
        if lease.task.queue == rating:
            choice = "6" if lease.order_shown[0] == better else "3"
        else:
            choice = "a" if lease.order_shown[0] == better else "b"
        submit_judgement(
            lease=lease, membership=person, payload={"choice": [choice]}, idempotency_key=uuid7()
        )
    rows = list(crossed_answers(rating))
    assert [(row.rating_a, row.rating_b, row.choice) for row in rows] == [(6, 3, "a")] * 2
    assert {row.annotator for row in rows} == {person.pseudonym}


def _pair_of(lease: Lease) -> list[object]:
    pair = PreferencePair.objects.get(prompt__conversation=lease.task.conversation)
    return [pair.chosen.uuid, pair.rejected.uuid]


@pytest.mark.parametrize("policy", ["disagreement", "confident"])
def test_undone_and_passed_on_tasks_keep_their_number_of_people(project, policy):
    make_pair(project)
    queue = queue_of(project, overlap=1, overlap_policy=policy, most_overlap=3, overlap_bound=0.5)
    skip(queue, person_in(project))
    judge(queue, person_in(project))
    task = queue.tasks.get()
    assert task.open_slots + 1 == task.wanted
