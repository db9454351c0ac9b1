"""What judgements of each protocol publish, what undo takes back, and how blind a queue was."""

import pytest
from django.urls import reverse
from uuid6 import uuid7

from annotation.domain.figures import Undefined
from annotation.domain.protocol import AnswerError
from annotation.models import Annotation, Queue
from annotation.protocols import PROTOCOLS
from annotation.queries.desk.cards import task_card
from annotation.queries.queues.blindness import blindness_of
from annotation.services.desk.judgements import submit_judgement, undo_last
from annotation.services.desk.leases import lease_next_task
from annotation.services.queues.setup import QueueRules, create_queue
from curation.domain.access.roles import Role
from curation.models import Comparison, Conversation, Evidence, Membership, ModelVersion, PreferencePair
from curation.services.corpus.withdrawals import withdraw_conversation
from feedback_mining.models import SignalReview
from tests.browser.protocol_queues import SCENES, TEXTS
from tests.cast import make_member, make_pair

QUESTION = "How long do I boil an egg soft?"


def queue_of(project, protocol: str, *, scene: str = "pair", **settings: str) -> Queue:
    SCENES[scene](project, QUESTION, TEXTS)
    rules = QueueRules(settings={name: [value] for name, value in settings.items()})
    return create_queue(
        project=project, name=protocol, protocol=protocol, source={"pairs": "mined"}, rules=rules
    )


def person_in(project) -> Membership:
    return Membership.objects.get(user=make_member(project, Role.ANNOTATOR), project=project)


def judge(queue: Queue, person: Membership, **payload: str) -> Annotation:
    lease = lease_next_task(queue=queue, membership=person)
    sent = {name.replace("_", "-"): [value] for name, value in payload.items()}
    return submit_judgement(lease=lease, membership=person, payload=sent, idempotency_key=uuid7())


def test_a_correction_becomes_an_edited_answer_and_a_candidate_pair(project):
    queue, person = queue_of(project, "critique"), person_in(project)
    annotation = judge(queue, person, verdict="bad", fix="Say how long.", correction="Six minutes.")
    pair = PreferencePair.objects.get(recipe="edited")
    assert (pair.chosen.text, pair.chosen.origin, pair.is_candidate) == ("Six minutes.", "edited", True)
    assert str(pair.rejected.uuid) == annotation.order_shown[0]
    (evidence,) = Evidence.objects.filter(pair=pair)
    assert (evidence.quote, evidence.source_uuid) == ("Say how long.", annotation.uuid)


def test_undo_archives_the_pair_of_a_correction_and_the_same_correction_brings_it_back(project):
    queue, person = queue_of(project, "critique"), person_in(project)
    judge(queue, person, verdict="bad", correction="Six minutes.")
    undo_last(queue=queue, membership=person, idempotency_key=uuid7())
    assert PreferencePair.objects.get(recipe="edited").archived_at
    judge(queue, person, verdict="bad", correction="Six minutes.")
    assert PreferencePair.objects.get(recipe="edited").archived_at is None


def test_a_pair_that_two_people_proposed_outlives_the_undo_of_one(project):
    queue = queue_of(project, "critique")
    Queue.objects.update(overlap=2)
    queue.tasks.update(open_slots=2)
    one, other = person_in(project), person_in(project)
    judge(queue, one, verdict="bad", correction="Six minutes.")
    judge(queue, other, verdict="bad", correction="Six minutes.")
    undo_last(queue=queue, membership=other, idempotency_key=uuid7())
    assert PreferencePair.objects.get(recipe="edited").archived_at is None


def test_withdrawal_erases_the_words_of_a_critique_whatever_their_length(project, admin):
    queue, person = queue_of(project, "critique"), person_in(project)
    judge(queue, person, verdict="bad", fix="Ann is wrong.", correction="Bob.")
    withdraw_conversation(conversation=Conversation.objects.get(), actor=admin)
    answer = Annotation.objects.get().answer
    assert answer == {"verdict": "bad", "spans": []}


def test_a_ranking_is_published_as_verdicts_under_one_judgement(project):
    queue, person = queue_of(project, "ranking", scene="answers"), person_in(project)
    lease = lease_next_task(queue=queue, membership=person)
    payload = {f"place-{name}": [str(place)] for place, name in enumerate(lease.order_shown, start=1)}
    annotation = submit_judgement(lease=lease, membership=person, payload=payload, idempotency_key=uuid7())
    verdicts = Comparison.objects.filter(source_uuid=annotation.uuid)
    better = {
        (str(each.response_a.uuid), str(each.response_b.uuid))
        if each.outcome == "a"
        else (str(each.response_b.uuid), str(each.response_a.uuid))
        for each in verdicts
    }
    first, second, third = lease.order_shown
    assert better == {(first, second), (first, third), (second, third)}
    undo_last(queue=queue, membership=person, idempotency_key=uuid7())
    assert not Comparison.objects.filter(retracted_at__isnull=True).exists()


def test_a_joint_verdict_is_published_between_answers_of_two_questions(project):
    queue, person = queue_of(project, "joint", scene="joint_pair"), person_in(project)
    judge(queue, person, choice="a")
    verdict = Comparison.objects.get()
    assert verdict.response_a.prompt_id != verdict.response_b.prompt_id


def test_a_review_of_signals_goes_to_the_reviews_and_not_to_the_comparisons(project):
    queue, person = queue_of(project, "signal_review", scene="message"), person_in(project)
    card = task_card(lease_next_task(queue=queue, membership=person))
    assert [claim.criterion for claim in card.message.claims] == ["Factual_Error", "Ignored"]
    lease = lease_next_task(queue=queue, membership=person)
    payload = {
        "claimed": ["Factual_Error", "Ignored"],
        "claim-Factual_Error": ["rejected"],
        "claim-Ignored": ["confirmed"],
    }
    submit_judgement(lease=lease, membership=person, payload=payload, idempotency_key=uuid7())
    rows = SignalReview.objects.order_by("id").values_list("criterion", "verdict", "reviewer")
    assert list(rows) == [
        ("Factual_Error", "rejected", person.user_id),
        ("Ignored", "confirmed", person.user_id),
    ]
    assert not Comparison.objects.exists()


def test_a_step_beyond_the_answer_is_refused_and_the_lease_stays(project):
    queue, person = queue_of(project, "first_wrong_step"), person_in(project)
    with pytest.raises(AnswerError, match="There is no step"):
        judge(queue, person, step="9")
    assert lease_next_task(queue=queue, membership=person) is not None


def test_a_message_is_masked_where_the_queue_masks(project):
    SCENES["message"](project, "Write to ann@example.org!", ["", "To ann@example.org"])
    queue = create_queue(project=project, name="m", protocol="signal_review", source={"signals": "mined"})
    Queue.objects.update(masks_pii=True)
    queue.refresh_from_db()
    message = task_card(lease_next_task(queue=queue, membership=person_in(project))).message
    assert (message.request, message.answer) == ("Write to [EMAIL_1]!", "To [EMAIL_1]")


def test_an_answer_that_names_a_model_of_the_project_is_flagged_and_counted(project):
    ModelVersion.objects.create(project=project, name="our-model-7b")
    make_pair(project, chosen="our-model-7b says four.", rejected="Five.")
    queue = create_queue(project=project, name="q", protocol="pairwise", source={"pairs": "mined"})
    card = task_card(lease_next_task(queue=queue, membership=person_in(project)))
    assert sorted(list(answer.leaks) for answer in card.answers) == [[], ["our-model-7b"]]
    assert (blindness_of(queue).leaking, blindness_of(queue).read) == (1, 2)


def test_a_queue_tells_how_often_the_first_and_the_longer_answer_won(project, researcher, client_of):
    for number in range(8):
        make_pair(project, question=f"Question {number}?", chosen="A long answer.", rejected="Short.")
    queue = create_queue(project=project, name="q", protocol="pairwise", source={"pairs": "mined"})
    assert isinstance(blindness_of(queue).habits.first.share, Undefined)
    person = person_in(project)
    for _ in range(8):
        judge(queue, person, choice="a")
    habits = blindness_of(queue).habits
    assert (habits.first.share, habits.first.count) == (1.0, 8)
    address = reverse("annotation:queue_blindness", args=[project.slug, queue.uuid])
    page = client_of(researcher).get(address).content.decode()
    assert "100 %" in page
    assert "leans" in page
    longer = [row.order_shown[0] for row in Annotation.objects.all()]
    chosen = {str(pair.chosen.uuid) for pair in PreferencePair.objects.all()}
    assert habits.longer.share == sum(name in chosen for name in longer) / 8


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_page_of_a_new_queue_previews_every_protocol(project, researcher, client_of, protocol):
    address = reverse("annotation:queue_new", args=[project.slug])
    page = client_of(researcher).get(address, {"protocol": protocol})
    assert page.status_code == 200
    assert "inert" in page.content.decode()


def test_settings_that_cannot_be_used_are_refused_beside_their_field(project, researcher, client_of):
    address = reverse("annotation:queue_new", args=[project.slug])
    sent = {"name": "q", "protocol": "attributes", "setting-rubric": "tone | nice", "overlap": "1"}
    page = client_of(researcher).post(address, sent)
    assert page.status_code == 422
    assert "Line 1 is no attribute" in str(page.context["form"].errors["setting-rubric"])
    assert not Queue.objects.exists()


def test_a_queue_of_a_name_that_is_taken_is_refused_with_what_was_filled_in(project, researcher, client_of):
    queue_of(project, "pairwise")
    address = reverse("annotation:queue_new", args=[project.slug])
    sent = {"name": "pairwise", "protocol": "pairwise", "setting-strength": "on", "overlap": "3"}
    page = client_of(researcher).post(address, sent)
    assert page.status_code == 422
    assert page.context["form"].errors
    assert 'value="3"' in page.content.decode()


def test_a_queue_is_opened_with_the_settings_that_were_sent(project, researcher, client_of):
    address = reverse("annotation:queue_new", args=[project.slug])
    sent = {"name": "q", "protocol": "pairwise", "setting-strength": "on", "overlap": "2"}
    client_of(researcher).post(address, sent)
    queue = Queue.objects.get()
    assert (queue.settings, queue.overlap, queue.source) == ({"strength": True}, 2, {"pairs": "mined"})
