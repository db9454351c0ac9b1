"""Where criteria come from: the library, complaints and wishes, a model, notes; and what becomes of proposals."""

import json

import pytest
from django.urls import reverse

from annotation.domain.criteria.grading_order import DREW_A_COMPLAINT
from annotation.domain.criteria.ready import READY
from annotation.models import Assertion, CriteriaSet, Criterion, CriterionProposal, Grade, SuspectOutput
from annotation.queries.criteria.assertions import current_criteria
from annotation.services.criteria.feedback import propose_from_feedback
from annotation.services.criteria.proposals import Suggested, adopt_proposal, decline_proposal, keep_proposals
from annotation.services.criteria.proposing import FEEDBACK, MODEL, open_proposing, run_proposing
from annotation.services.criteria.ready import add_ready_criteria, ready_criteria
from annotation.services.criteria.rearranging import merge_criteria, move_criterion, split_criterion
from annotation.services.criteria.sets import CriterionReplacedError, Wording, reword_criterion
from curation.domain.errors import HarkenError
from curation.models import ModelEndpoint
from curation.services.corpus.withdrawals import withdraw_conversation
from feedback_mining.models import MiningRun, Signal, UserWish
from tests.annotation.criteria_cases import criterion_in, make_assertion, make_outputs, make_set
from tests.annotation.test_criteria_grading import page_for
from tests.cast import make_conversation
from tests.language_models.chat_server import running_chat_server


def complain(project, *, words="That is wrong.", criterion="Factual_Error", wish=""):
    """Store a conversation whose user complains of the first answer, and perhaps wishes for something."""
    turns = [("user", "How high is it?"), ("assistant", "Ninety."), ("user", words), ("assistant", "Sorry.")]
    conversation = make_conversation(project, turns)
    said, answer = conversation.messages.get(position=2), conversation.messages.get(position=1)
    run, _ = MiningRun.objects.get_or_create(
        project=project, detector="phrases", detector_version="1", defaults={"threshold": 0.5}
    )
    Signal.objects.create(
        project=project,
        run=run,
        message=said,
        response_message=answer,
        detector="phrases",
        detector_version="1",
        criterion=criterion,
        polarity="dsat",
        probability=0.9,
        span_start=0,
        span_end=len(words),
    )
    if wish:
        UserWish.objects.create(project=project, message=said, detector="phrases", text=wish)
    return conversation


def names(criteria_set):
    return [criterion.name for criterion in current_criteria(criteria_set)]


@pytest.mark.parametrize("key", READY)
def test_every_ready_criterion_comes_with_assertions_that_can_run(project, key):
    criteria_set = make_set(project, criteria=0)
    (criterion,) = add_ready_criteria(criteria_set=criteria_set, keys=[key])
    assert criterion.assertions.count() == len(READY[key].assertions)
    assert key not in {ready.key for ready in ready_criteria(criteria_set)}


def test_complaints_are_proposed_by_their_kind_with_counts(project):
    for _ in range(3):
        complain(project)
    complain(project, words="Too stiff.", criterion="Style")
    criteria_set = make_set(project, criteria=0)
    report = propose_from_feedback(criteria_set=criteria_set)
    assert (report["complaints"], report["proposals"]) == (4, 2)
    first = CriterionProposal.objects.order_by("-count").first()
    assert (first.subject, first.count, len(first.response_ids)) == ("Factual_Error", 3, 3)
    assert first.conversation_ids == []


def test_wishes_that_say_the_same_become_one_proposal_and_a_single_one_none(project):
    complain(project, wish="Give the height in metres")
    complain(project, wish="Heights in metres please")
    complain(project, wish="Write about cats")
    criteria_set = make_set(project, criteria=0)
    propose_from_feedback(criteria_set=criteria_set)
    (proposal,) = CriterionProposal.objects.filter(origin="wishes")
    assert proposal.count == 2
    assert "metres" in proposal.text


def test_adopting_queues_the_answers_that_drew_the_complaint_and_grades_nothing(project, researcher):
    conversation = complain(project)
    criteria_set = make_set(project, criteria=0)
    propose_from_feedback(criteria_set=criteria_set)
    proposal = CriterionProposal.objects.get()
    adopt_proposal(proposal=proposal, wording=Wording(name=proposal.name, text=proposal.text))
    (suspect,) = SuspectOutput.objects.all()
    assert suspect.response.message == conversation.messages.get(position=1)
    assert not Grade.objects.exists()
    assert page_for(researcher, criteria_set).card.policy == DREW_A_COMPLAINT
    assert Criterion.objects.get().prompted_by == [str(suspect.response.uuid)]


def test_a_decided_proposal_is_not_made_again(project):
    complain(project)
    criteria_set = make_set(project, criteria=0)
    propose_from_feedback(criteria_set=criteria_set)
    proposal = CriterionProposal.objects.get()
    decline_proposal(proposal=proposal)
    assert propose_from_feedback(criteria_set=criteria_set)["proposals"] == 0
    with pytest.raises(HarkenError, match="decided already"):
        adopt_proposal(proposal=proposal, wording=Wording(name="x", text="y"))


def test_a_withdrawal_takes_proposals_and_criteria_in_a_users_own_words_along(project):
    conversations = [complain(project, wish="Heights in metres please") for _ in range(4)]
    criteria_set, other = make_set(project, criteria=0), make_set(project, criteria=0)
    for each in (criteria_set, other):
        propose_from_feedback(criteria_set=each)
    proposal = CriterionProposal.objects.get(criteria_set=criteria_set, origin="wishes")
    kept = adopt_proposal(proposal=proposal, wording=Wording(name=proposal.name, text=proposal.text))
    withdraw_conversation(conversation=kept.quoted_response.prompt.conversation, actor=None)
    kept.refresh_from_db()
    assert "metres" not in kept.name + kept.text
    assert not CriterionProposal.objects.filter(origin="wishes").exists()
    assert CriterionProposal.objects.filter(criteria_set=other, origin="complaints").exists()
    assert len(conversations) == 4


def test_ones_own_words_outlive_the_withdrawal(project):
    complain(project, wish="Heights in metres please")
    complain(project, wish="Heights in metres please")
    criteria_set = make_set(project, criteria=0)
    propose_from_feedback(criteria_set=criteria_set)
    proposal = CriterionProposal.objects.get(origin="wishes")
    own = adopt_proposal(proposal=proposal, wording=Wording(name="Metric", text="It uses metric units."))
    assert own.quoted_response is None


def test_nothing_is_proposed_of_a_conversation_withdrawn_meanwhile(project):
    conversation = complain(project)
    withdraw_conversation(conversation=conversation, actor=None)
    suggested = Suggested(subject="s", name="n", text="words", conversation_ids=[conversation.pk])
    kept = keep_proposals(criteria_set=make_set(project), origin="wishes", suggested=[suggested])
    assert (kept, CriterionProposal.objects.count()) == (0, 0)


def test_a_split_puts_two_in_the_place_of_one(project):
    criteria_set = make_set(project, criteria=3)
    old = criterion_in(criteria_set, "c2")
    assertion = make_assertion(old)
    parts = split_criterion(
        criterion=old, wordings=[Wording(name="a", text="A."), Wording(name="b", text="B.")]
    )
    assert names(criteria_set) == ["c1", "a", "b", "c3"]
    assert [part.made_from for part in parts] == [[str(old.key)]] * 2
    assertion.refresh_from_db()
    assert assertion.criterion == parts[0]


def test_a_merger_gets_all_assertions(project):
    criteria_set = make_set(project, criteria=3)
    old = [criterion_in(criteria_set, name) for name in ("c3", "c1")]
    for criterion in old:
        make_assertion(criterion)
    merged = merge_criteria(criteria=old, wording=Wording(name="both", text="Both."))
    assert names(criteria_set) == ["both", "c2"]
    assert Assertion.objects.filter(criterion=merged).count() == 2
    with pytest.raises(CriterionReplacedError):
        merge_criteria(
            criteria=[old[0], criterion_in(criteria_set, "c2")], wording=Wording(name="x", text="y")
        )


def test_one_cannot_be_split_or_merged_into_itself(project):
    criterion = criterion_in(make_set(project))
    with pytest.raises(HarkenError, match="two criteria at least"):
        split_criterion(criterion=criterion, wordings=[Wording(name="a", text="A.")])
    with pytest.raises(HarkenError, match="two criteria at least"):
        merge_criteria(criteria=[criterion, criterion], wording=Wording(name="a", text="A."))


@pytest.mark.parametrize(
    ("name", "by", "order"),
    [
        ("c1", 1, ["c2", "c1", "c3"]),
        ("c1", -1, ["c1", "c2", "c3"]),
        ("c3", -1, ["c1", "c3", "c2"]),
        ("c1", 9, ["c2", "c3", "c1"]),
    ],
)
def test_a_criterion_is_moved_and_stops_at_the_ends(project, name, by, order):
    criteria_set = make_set(project, criteria=3)
    move_criterion(criterion=criterion_in(criteria_set, name), by=by)
    assert names(criteria_set) == order


def test_a_rewording_keeps_its_place(project):
    criteria_set = make_set(project, criteria=3)
    move_criterion(criterion=criterion_in(criteria_set, "c3"), by=-2)
    reword_criterion(criterion=criterion_in(criteria_set, "c3"), wording=Wording(name="c3", text="New."))
    assert names(criteria_set) == ["c3", "c1", "c2"]


# A model at an endpoint.
PROPOSED = {
    "criteria": [
        {"name": "Short", "text": "It gets by with few words.", "kind": "code"},
        {"name": "Quote", "text": "It says: Sorry, well well well well well well.", "kind": "judge"},
        {"name": "", "text": 3, "kind": "judge"},
    ]
}


def endpoint_of(project, server, *, model="sound"):
    return ModelEndpoint.objects.create(project=project, name="local", base_url=server.base_url, model=model)


def proposed_by_model(project, server, *, model="sound"):
    criteria_set = make_set(project, criteria=0)
    endpoint = endpoint_of(project, server, model=model)
    job = open_proposing(criteria_set=criteria_set, way=MODEL, endpoint=endpoint)
    finished = run_proposing(job_id=job.pk)
    assert finished is not None
    return finished, criteria_set


def test_a_model_proposes_criteria_and_what_quotes_an_output_is_dropped(project):
    make_outputs(project, pairs=2)
    with running_chat_server(lambda _asked: json.dumps(PROPOSED)) as server:
        job, _ = proposed_by_model(project, server)
    assert job.state == "succeeded", job.error_sentence
    (proposal,) = CriterionProposal.objects.all()
    assert (proposal.origin, proposal.name, proposal.kind) == ("model", "Short", "code")
    assert (job.result["quoting"], proposal.asked["model"]) == (1, "sound")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("hostile", "no answer that can be read"),
        ("empty", "empty answer"),
        ("locked", "key"),
        ("html", ""),
        ("absent", ""),
    ],
)
def test_a_model_that_misbehaves_fails_the_job_with_a_sentence(project, model, words):
    make_outputs(project, pairs=1)
    with running_chat_server() as server:
        job, _ = proposed_by_model(project, server, model=model)
    assert job.state == "failed"
    assert words in job.error_sentence
    assert job.error_sentence.endswith(".")


def test_without_an_endpoint_no_model_is_asked(project):
    with pytest.raises(HarkenError, match="Choose an endpoint"):
        open_proposing(criteria_set=make_set(project), way=MODEL)


def test_one_job_of_a_set_proposes_at_a_time(project):
    criteria_set = make_set(project)
    open_proposing(criteria_set=criteria_set, way=FEEDBACK)
    with pytest.raises(HarkenError, match="already"):
        open_proposing(criteria_set=criteria_set, way=FEEDBACK)


# Screens.
def test_the_page_of_proposals_needs_no_endpoint(project, researcher, client_of):
    complain(project)
    criteria_set = make_set(project, criteria=0)
    propose_from_feedback(criteria_set=criteria_set)
    address = reverse("annotation:criteria_start", args=[project.slug, criteria_set.uuid])
    page = client_of(researcher).get(address).content.decode()
    assert "States what is so" in page
    assert "1 complaint" in page
    assert "no endpoint, and none is needed" in page


def test_a_proposal_is_adopted_in_other_words_by_its_form(project, researcher, client_of):
    complain(project)
    criteria_set = make_set(project, criteria=0)
    propose_from_feedback(criteria_set=criteria_set)
    address = reverse("annotation:proposal_adopt", args=[project.slug, CriterionProposal.objects.get().uuid])
    client = client_of(researcher)
    assert "States what is so" in client.get(address).content.decode()
    client.post(address, {"name": "Right", "text": "It is right.", "tolerated_percent": "10"})
    assert (Criterion.objects.get().name, Criterion.objects.get().origin) == ("Right", "complaints")


def test_ready_criteria_are_added_by_their_form(project, researcher, client_of):
    criteria_set = make_set(project, criteria=0)
    address = reverse("annotation:criteria_start_ready", args=[project.slug, criteria_set.uuid])
    client = client_of(researcher)
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"keys": ["helps", "length"]}).status_code == 302
    assert names(criteria_set) == ["Helps", "A fitting length"]


def test_the_page_of_proposals_takes_a_fixed_number_of_queries(
    project, researcher, client_of, django_assert_max_num_queries
):
    for number in range(4):
        complain(project, words=f"Wrong {number}.", wish="Heights in metres please")
    criteria_set = make_set(project, criteria=2)
    propose_from_feedback(criteria_set=criteria_set)
    client = client_of(researcher)
    address = reverse("annotation:criteria_start", args=[project.slug, criteria_set.uuid])
    client.get(address)
    with django_assert_max_num_queries(14):
        client.get(address)


def test_another_projects_proposal_is_not_found(project, researcher, client_of):
    from tests.cast import make_project

    elsewhere = make_project("elsewhere")
    criteria_set = CriteriaSet.objects.create(project=elsewhere, name="theirs")
    keep_proposals(
        criteria_set=criteria_set, origin="note", suggested=[Suggested(subject="s", name="n", text="t")]
    )
    address = reverse("annotation:proposal_adopt", args=[project.slug, CriterionProposal.objects.get().uuid])
    assert client_of(researcher).get(address).status_code == 404
