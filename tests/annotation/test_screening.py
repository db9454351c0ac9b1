"""The gate: what was not screened for personal data is never in anybody's hands, where the queue asks for it."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from uuid6 import uuid7

from annotation.models import Lease, Queue
from annotation.queries.desk.cards import task_card, unscreened_count
from annotation.services.desk.judgements import submit_judgement, undo_last
from annotation.services.desk.leases import lease_next_task, lease_task
from annotation.services.queues.setup import create_pair_queue, fill_queue
from curation.domain.access.roles import Role
from curation.models import Membership, Message, PreferencePair, Project, Response, User
from curation.services.corpus.responses import ensure_response
from curation.services.corpus.withdrawals import withdraw_conversation
from curation.services.enrichers.enrichment import open_wanted_enrichments, restart_enrichment
from tests.cast import make_member, make_pair, make_project
from tests.curation.enriched import enrich


@pytest.fixture
def person(project: Project) -> Membership:
    return Membership.objects.get(user=make_member(project, Role.ANNOTATOR), project=project)


def gated_queue(project: Project, *, masks_pii: bool = False) -> Queue:
    queue = create_pair_queue(project=project, name="gated")
    queue.requires_pii_screening, queue.masks_pii = True, masks_pii
    queue.save()
    return queue


def test_nothing_is_leased_before_it_is_screened(project: Project, person: Membership) -> None:
    make_pair(project)
    queue = gated_queue(project)
    assert lease_next_task(queue=queue, membership=person) is None
    enrich(project, "pii")
    assert lease_next_task(queue=queue, membership=person) is not None


def test_only_what_is_screened_is_leased(project: Project, person: Membership) -> None:
    screened = make_pair(project)
    enrich(project, "pii")
    make_pair(project)
    queue = gated_queue(project)
    lease = lease_next_task(queue=queue, membership=person)
    assert lease.task.pair == screened
    submit_judgement(lease=lease, membership=person, payload={"choice": ["a"]}, idempotency_key=uuid7())
    assert lease_next_task(queue=queue, membership=person) is None
    assert unscreened_count(queue) == 1


def generated_pair(project: Project, text: str = "Write to ann@example.org") -> PreferencePair:
    """Return a pair whose one side a model wrote after everything was screened."""
    pair = make_pair(project)
    enrich(project, "pii")
    written = ensure_response(
        prompt=pair.prompt, parts=[{"type": "text", "text": text}], origin=Response.Origin.GENERATED
    )
    PreferencePair.objects.filter(pk=pair.pk).update(chosen=written)
    return pair


def test_an_answer_that_a_model_wrote_waits_for_the_screening(project: Project, person: Membership) -> None:
    pair = generated_pair(project)
    queue = gated_queue(project, masks_pii=True)
    assert lease_next_task(queue=queue, membership=person) is None
    assert [job.arguments["enricher"] for job in open_wanted_enrichments(project=project)][:1] == ["pii"]
    enrich(project, "pii")
    card = task_card(lease_next_task(queue=queue, membership=person))
    assert "Write to [EMAIL_1]" in {answer.text for answer in card.answers}
    assert pair.prompt.conversation.tags.filter(name="pii:email").exists()


def test_answers_wait_again_when_the_screening_begins_anew(project: Project, person: Membership) -> None:
    generated_pair(project)
    enrich(project, "pii")
    restart_enrichment(project=project, name="pii")
    assert Response.objects.filter(message__isnull=True).exclude(screened_as="").count() == 0
    enrich(project, "pii")
    assert lease_next_task(queue=gated_queue(project), membership=person) is not None


def test_what_answers_hold_is_found_again_in_a_conversation_that_grew(project: Project) -> None:
    pair = generated_pair(project)
    enrich(project, "pii")
    conversation = pair.prompt.conversation
    Message.objects.create(project=project, conversation=conversation, position=2, role="user", text="More")
    enrich(project, "pii")
    assert conversation.tags.filter(name="pii:email").exists()


def test_withdrawn_answers_keep_nobody_at_work(project: Project, admin: User) -> None:
    pair = generated_pair(project)
    withdraw_conversation(conversation=pair.prompt.conversation, actor=admin)
    assert "pii" not in [job.arguments["enricher"] for job in open_wanted_enrichments(project=project)]


def test_another_project_s_screening_opens_no_gate(project: Project, person: Membership) -> None:
    make_pair(project)
    other = make_project("other")
    make_pair(other)
    enrich(other, "pii")
    assert lease_next_task(queue=gated_queue(project), membership=person) is None


def test_a_message_that_came_later_closes_the_gate(project: Project, person: Membership) -> None:
    pair = make_pair(project)
    enrich(project, "pii")
    queue = gated_queue(project)
    Message.objects.create(
        project=project,
        conversation=pair.prompt.conversation,
        position=2,
        role="user",
        text="ann@example.org",
    )
    assert lease_next_task(queue=queue, membership=person) is None
    enrich(project, "pii")
    assert lease_next_task(queue=queue, membership=person) is not None


def test_a_task_in_hand_is_not_shown_again_while_it_is_screened_anew(
    project: Project, person: Membership
) -> None:
    make_pair(project)
    enrich(project, "pii")
    queue = gated_queue(project)
    assert lease_next_task(queue=queue, membership=person) is not None
    restart_enrichment(project=project, name="pii")
    assert lease_next_task(queue=queue, membership=person) is None


def test_a_named_task_is_not_leased_around_the_gate(project: Project, person: Membership) -> None:
    make_pair(project)
    queue = gated_queue(project)
    assert lease_task(task=queue.tasks.get(), membership=person) is None


def test_an_undo_shows_nothing_that_is_not_screened(project: Project, person: Membership) -> None:
    make_pair(project)
    enrich(project, "pii")
    queue = gated_queue(project)
    lease = lease_next_task(queue=queue, membership=person)
    submit_judgement(lease=lease, membership=person, payload={"choice": ["a"]}, idempotency_key=uuid7())
    restart_enrichment(project=project, name="pii")
    undo_last(queue=queue, membership=person, idempotency_key=uuid7())
    assert lease_next_task(queue=queue, membership=person) is None


def test_a_queue_without_the_rule_waits_for_nothing(project: Project, person: Membership) -> None:
    make_pair(project)
    queue = create_pair_queue(project=project, name="open")
    assert lease_next_task(queue=queue, membership=person) is not None


def test_pairs_that_come_later_wait_too(project: Project, person: Membership) -> None:
    queue = gated_queue(project)
    make_pair(project)
    fill_queue(queue=queue)
    assert lease_next_task(queue=queue, membership=person) is None


def test_the_gate_costs_one_query_however_many_tasks_wait(
    project: Project, person: Membership, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_pair(project)
    make_pair(project)
    enrich(project, "pii")
    queue = create_pair_queue(project=project, name="open")
    assert person.user.pk  # known of whoever is signed in
    with CaptureQueriesContext(connection) as plain:
        Lease.objects.filter(pk=lease_next_task(queue=queue, membership=person).pk).update(
            ended_at=timezone.now(), ending="released"
        )
    queue.requires_pii_screening = True
    queue.save()
    # Less the release above, and more what a queue without rules need not ask: whether anything is held.
    with django_assert_num_queries(len(plain)):
        lease_next_task(queue=queue, membership=person)


def test_pseudonyms_stand_for_personal_data_in_every_text_of_a_task(
    project: Project, person: Membership
) -> None:
    make_pair(
        project, question="I am ann@example.org", chosen="Hi ann@example.org", rejected="Hi bob@example.org"
    )
    enrich(project, "pii")
    card = task_card(lease_next_task(queue=gated_queue(project, masks_pii=True), membership=person))
    assert card.question == "I am [EMAIL_1]"
    assert {answer.text for answer in card.answers} == {"Hi [EMAIL_1]", "Hi [EMAIL_2]"}


def test_a_queue_that_masks_nothing_shows_the_text(project: Project, person: Membership) -> None:
    make_pair(project, question="I am ann@example.org")
    enrich(project, "pii")
    card = task_card(lease_next_task(queue=gated_queue(project), membership=person))
    assert card.question == "I am ann@example.org"


def test_the_desk_shows_an_annotator_no_unscreened_words(
    project: Project, annotator: User, client_of: Callable[[User], Client]
) -> None:
    make_pair(project, question="My secret question")
    address = reverse("annotation:desk", args=[project.slug, gated_queue(project).uuid])
    assert "My secret question" not in client_of(annotator).get(address).content.decode()
    enrich(project, "pii")
    assert "My secret question" in client_of(annotator).get(address).content.decode()


def test_a_researcher_sets_the_rules_of_a_queue(
    project: Project, researcher: User, client_of: Callable[[User], Client]
) -> None:
    queue = create_pair_queue(project=project, name="open")
    address = reverse("annotation:queue_screening", args=[project.slug, queue.uuid])
    client_of(researcher).post(address, {"requires_pii_screening": "on"})
    queue.refresh_from_db()
    assert (queue.requires_pii_screening, queue.masks_pii) == (True, False)
