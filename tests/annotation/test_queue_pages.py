"""The pages of a queue: its rules are seen and changed, its people named, its progress told."""

from uuid import UUID

import pytest
from django.urls import reverse
from uuid6 import uuid7

from annotation.models import Lease, Queue, QueueMember
from annotation.queries.desk.cards import lease_of
from annotation.services.desk.judgements import skip_task, submit_judgement
from annotation.services.desk.leases import lease_next_task
from annotation.services.queues.setup import QueueRules, create_pair_queue, create_queue
from curation.domain.access.roles import Role
from curation.models import Membership, PreferencePair
from tests.cast import make_member, make_pair


def address(name: str, queue: Queue, **more: object) -> str:
    kwargs = {"project_slug": queue.project.slug, "queue_uuid": queue.uuid, **more}
    return reverse(f"annotation:{name}", kwargs=kwargs)


@pytest.fixture
def queue(project) -> Queue:
    for _ in range(3):
        make_pair(project)
    return create_pair_queue(project=project, name="mined", overlap=2)


def test_changed_rules_open_slots_and_reorder_the_open_tasks(queue, researcher, client_of):
    unsure = queue.tasks.order_by("-id").first()
    PreferencePair.objects.exclude(pk=unsure.pair_id).update(confidence=0.99)
    PreferencePair.objects.filter(pk=unsure.pair_id).update(confidence=0.5)
    sent = {"overlap": "3", "overlap_policy": "disagreement", "most_overlap": "5", "order": "value"}
    sent |= {"keeps_together": "on", "sending": "after_window"}
    client_of(researcher).post(address("queue_rules", queue), sent)
    queue.refresh_from_db()
    assert queue.sending == Queue.Sending.AFTER_WINDOW
    assert (queue.overlap, queue.most_overlap, queue.overlap_bound) == (3, 5, 2.0)
    assert set(queue.tasks.values_list("wanted", "open_slots")) == {(3, 3)}
    assert queue.tasks.order_by("-priority").first() == unsure


def test_a_policy_without_a_most_is_refused_with_a_sentence(queue, researcher, client_of):
    browser = client_of(researcher)
    sent = {"overlap": "3", "overlap_policy": "confident"}
    page = browser.post(address("queue_rules", queue), sent, follow=True).content.decode()
    assert "Say how many people at most" in page
    queue.refresh_from_db()
    assert (queue.overlap, queue.overlap_policy) == (2, "fixed")


def test_fewer_people_are_asked_only_where_slots_are_open(queue, researcher, client_of):
    person = Membership.objects.get(user=make_member(queue.project, Role.ANNOTATOR))
    held = lease_next_task(queue=queue, membership=person)
    client_of(researcher).post(address("queue_rules", queue), {"overlap": "1"})
    slots = dict(queue.tasks.values_list("pk", "open_slots"))
    assert slots.pop(held.task_id) == 0
    assert set(slots.values()) == {1}


def test_people_are_named_and_dropped(queue, researcher, annotator, client_of):
    browser, member = client_of(researcher), Membership.objects.get(user=annotator)
    sent = {"membership": member.uuid, "expertise": "expert", "languages": "en, de"}
    browser.post(address("queue_member_name", queue), sent)
    named = QueueMember.objects.get()
    assert (named.membership, named.expertise, named.languages) == (member, "expert", ["en", "de"])
    browser.post(address("queue_member_drop", queue, member_uuid=named.uuid))
    assert not QueueMember.objects.exists()


def test_a_retired_task_is_shown_with_its_reasons_and_put_back(queue, researcher, annotator, client_of):
    Queue.objects.update(retire_after=1)
    queue.refresh_from_db()
    member = Membership.objects.get(user=annotator)
    lease = lease_of(queue, uuid=lease_next_task(queue=queue, membership=member).uuid, membership=member)
    skip_task(lease=lease, membership=member, reason="in another language", idempotency_key=uuid7())
    browser = client_of(researcher)
    assert "in another language" in browser.get(address("queue_detail", queue)).content.decode()
    browser.post(address("task_put_back", queue, task_uuid=lease.task.uuid))
    assert not queue.tasks.filter(retired_at__isnull=False).exists()


def test_progress_tells_ones_own_part_and_researchers_everybodys(queue, researcher, annotator, client_of):
    member = Membership.objects.get(user=annotator)
    for _ in range(2):
        lease = lease_next_task(queue=queue, membership=member)
        submit_judgement(lease=lease, membership=member, payload={"choice": ["a"]}, idempotency_key=uuid7())
    mine = client_of(annotator).get(address("queue_progress_panel", queue)).content.decode()
    assert "2 of 6 judgements · 2 by you" in mine
    assert member.pseudonym not in mine
    teams = client_of(researcher).get(address("queue_progress_panel", queue)).content.decode()
    assert member.pseudonym in teams
    assert "4 to go" in teams


def test_the_form_opens_two_queues_where_a_second_protocol_is_asked_for(project, researcher, client_of):
    make_pair(project)
    sent = {"name": "study", "protocol": "rating", "pairs": "recipe:dsat_then_better", "overlap": "2"}
    page = reverse("annotation:queue_new", args=[project.slug])
    client_of(researcher).post(page, {**sent, "second": "pairwise", "wash_out_hours": "48"})
    first, second = Queue.objects.order_by("id")
    assert (first.partner, second.partner, second.is_second) == (second, first, True)
    assert (first.wash_out_hours, first.protocol, second.protocol) == (48, "rating", "pairwise")
    assert first.crossed_items.get().open_places == 2
    table = client_of(researcher).get(address("crossed_file", first)).content.decode()
    assert table.strip() == "item,annotator,rating_a,rating_b,choice"


def test_the_task_after_the_one_in_hand_is_held_and_comes_next(queue, annotator, client_of):
    browser = client_of(annotator)
    browser.get(address("desk", queue))
    ahead = browser.post(address("task_prefetch", queue)).headers["X-Harken-Lease"]
    held = Lease.objects.get(is_ahead=False, ended_at__isnull=True)
    sent = {"lease": held.uuid, "idempotency_key": uuid7(), "choice": "a"}
    told = browser.post(address("judgement_submit", queue), sent, headers={"Prefer": "return=minimal"})
    assert (told.status_code, told.headers["X-Harken-Desk"]) == (204, "judged")
    assert str(ahead) in browser.get(address("desk", queue)).content.decode()
    assert Lease.objects.get(uuid=UUID(ahead)).is_ahead is False


def test_a_restricted_queue_gives_nothing_to_who_is_not_named(project, annotator, client_of):
    make_pair(project)
    queue = create_queue(
        project=project,
        name="few",
        protocol="pairwise",
        source={"pairs": "mined"},
        rules=QueueRules(is_restricted=True),
    )
    page = client_of(annotator).get(address("desk", queue)).content.decode()
    assert "Nothing is left for you here" in page


def test_the_list_of_queues_asks_no_more_for_more_queues(
    queue, researcher, client_of, django_assert_max_num_queries
):
    browser, page = client_of(researcher), reverse("annotation:my_queues", args=[queue.project.slug])
    browser.get(page)
    for name in ("second", "third", "fourth"):
        create_pair_queue(project=queue.project, name=name)
    with django_assert_max_num_queries(7):
        assert "fourth" in browser.get(page).content.decode()
