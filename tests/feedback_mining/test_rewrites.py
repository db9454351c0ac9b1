"""Chosen answers that lean on the complaint: rewritten by a person, or let go."""

import pytest

from curation.domain.errors import HarkenError
from curation.models import Conversation, Message, ModelVersion, PreferencePair
from curation.services.corpus.withdrawals import withdraw_conversation
from feedback_mining.models import PairRewrite
from feedback_mining.queries.pair_story import waiting_page
from feedback_mining.services.mining import open_mining, run_mining
from feedback_mining.services.pairs import open_pair_building, run_pair_building
from feedback_mining.services.rewrites import drop_rewrite, rewrite_chosen
from tests.cast import make_conversation

COMPLAINT = [
    ("user", "What is the capital of Australia?"),
    ("assistant", "The capital of Australia is Sydney."),
    ("user", "That's wrong. Check again, please."),
]
SORRY = [*COMPLAINT, ("assistant", "Sorry about my mistake! You're right, it is Canberra.")]


def build(project) -> dict:
    job = run_pair_building(job_id=open_pair_building(project=project, recipe="dsat_then_better").pk)
    assert job is not None
    return job.result


@pytest.fixture
def rewrite(project):
    make_conversation(project, SORRY)
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    assert build(project)["rewrites"] == 1
    return PairRewrite.objects.get()


def test_a_rewritten_answer_makes_the_pair(project, rewrite, researcher):
    pair = rewrite_chosen(rewrite=rewrite, text="It is Canberra.", actor=researcher)
    assert (pair.chosen.text, pair.chosen.origin, pair.recipe) == (
        "It is Canberra.",
        "edited",
        "dsat_then_better",
    )
    assert pair.chosen.prompt == pair.rejected.prompt
    assert PairRewrite.objects.get().state == "rewritten"
    assert build(project)["rewrites"] == 0


def test_a_rewriting_that_still_apologises_is_refused(rewrite, researcher):
    with pytest.raises(HarkenError, match="Sorry"):
        rewrite_chosen(rewrite=rewrite, text="Sorry! It is Canberra.", actor=researcher)
    assert not PreferencePair.objects.exists()


def test_what_was_decided_is_not_decided_again(rewrite, researcher):
    drop_rewrite(rewrite=rewrite, actor=researcher)
    with pytest.raises(HarkenError, match="meanwhile"):
        rewrite_chosen(rewrite=rewrite, text="It is Canberra.", actor=researcher)


def test_nothing_withdrawn_is_rewritten(rewrite, researcher):
    withdraw_conversation(conversation=rewrite.complaint.conversation, actor=researcher)
    with pytest.raises(HarkenError, match="withdrawn"):
        rewrite_chosen(rewrite=rewrite, text="It is Canberra.", actor=researcher)


FRENCH = [
    ("user", "What is the capital of Australia?"),
    ("assistant", "The capital of Australia is Canberra, a city of some 450,000 people."),
    ("user", "No, in French please! Answer in French."),
    ("assistant", "La capitale de l’Australie est Canberra, une ville de 450 000 habitants."),
]


@pytest.fixture
def carried(project):
    make_conversation(project, FRENCH)
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    assert build(project)["rewrites"] == 1
    return PairRewrite.objects.get()


@pytest.mark.parametrize("ending", ["", "  ", " Voilà."])
def test_an_answer_that_still_carries_the_wish_is_refused(carried, researcher, ending):
    assert carried.reason == "carries_wish"
    with pytest.raises(HarkenError, match=r"as it was|still carries out"):
        rewrite_chosen(rewrite=carried, text=FRENCH[-1][1] + ending, actor=researcher)
    assert not PreferencePair.objects.exists()


def test_a_rewritten_answer_stands_under_the_terms_of_the_model_that_wrote_it(project, rewrite, researcher):
    model = ModelVersion.objects.create(project=project, name="parrot")
    Conversation.objects.update(model_version=model)
    pair = rewrite_chosen(rewrite=rewrite, text="It is Canberra.", actor=researcher)
    assert pair.chosen.model_version == model


def test_the_list_marks_the_complaint_and_what_leans_on_it(rewrite, researcher, client_of):
    page = client_of(researcher).get("/p/shared/signals/rewrites/").content.decode()
    words = SORRY[3][1][rewrite.reference_start : rewrite.reference_end]
    assert f'<mark class="signal dsat">{words}</mark>' in page
    assert "of 1 candidates" in page


def test_a_megabyte_is_listed_by_the_words_that_matter(project, rewrite):
    Message.objects.filter(pk=rewrite.complaint_id).update(text="word " * 200_000)
    PairRewrite.objects.update(span_start=500_000, span_end=1_000_000)
    (listed,) = waiting_page(project)
    assert [len(part) for part in listed.complaint] == [120, 240, 0]
