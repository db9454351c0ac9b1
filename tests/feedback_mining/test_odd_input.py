"""What nobody means to send: it is answered with a sentence, and nothing of it is stored."""

from random import Random

import pytest

from curation.domain.errors import HarkenError
from curation.models import Conversation
from curation.services.corpus.withdrawals import withdraw_conversation
from feedback_mining.models import PairRewrite, ProjectCriterion, Signal, SignalReview, UserWish
from feedback_mining.queries import review_order
from feedback_mining.queries.review_order import next_drawn, silent_messages, unreviewed_claims
from feedback_mining.services.mining import open_mining, run_mining
from feedback_mining.services.pairs import open_pair_building, run_pair_building
from feedback_mining.services.reviews import SignalVerdict, record_signal_review
from feedback_mining.services.rubrics import add_criterion
from feedback_mining.services.wishes import add_wish
from tests.cast import make_conversation

COMPLAINT = [("user", "Capital of Australia?"), ("assistant", "Sydney."), ("user", "That's wrong.")]
SILENT = [("user", "Name a river."), ("assistant", "The Danube."), ("user", "And a lake?")]
APOLOGY = [*COMPLAINT, ("assistant", "Sorry for my mistake! It is Canberra."), ("user", "Perfect, thanks!")]
NUL = "no emojis\x00"


@pytest.fixture
def mined(project):
    for turns in (COMPLAINT, SILENT, APOLOGY):
        make_conversation(project, turns)
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    return project


class Colleague(Random):
    """Draws as any other, and reviews everything in the moment of the draw."""

    def __init__(self, project, reviewer):
        super().__init__(1)
        self.project, self.reviewer = project, reviewer

    def randrange(self, *bounds):
        place = super().randrange(*bounds)
        rows = list(unreviewed_claims(self.project))
        claims = [
            (each.message, SignalVerdict(verdict="confirmed", criterion=each.criterion)) for each in rows
        ]
        silences = [(each, SignalVerdict(verdict="nothing")) for each in silent_messages(self.project)]
        for message, said in [*claims, *silences]:
            record_signal_review(message=message, reviewer=self.reviewer, verdict=said)
        return place


@pytest.mark.parametrize("silence", [0.0, 1.0])
def test_a_claim_that_a_colleague_reviews_meanwhile_is_not_drawn(mined, researcher, monkeypatch, silence):
    monkeypatch.setattr(review_order, "AUDIT_SHARE", 1.0)
    monkeypatch.setattr(review_order, "SILENCE_SHARE", silence)
    assert next_drawn(mined, chance=Colleague(mined, researcher)) is None


def test_a_nul_in_a_wish_is_refused(mined, researcher, client_of):
    message = Signal.objects.first().message
    wish = add_wish(message=message, text="no emojis", actor=researcher)
    client = client_of(researcher)
    assert client.post(f"/p/shared/wishes/{wish.uuid}/", {"text": NUL}).status_code == 422
    added = f"/p/shared/conversations/{message.conversation.uuid}/wishes/"
    assert client.post(added, {"position": 3, "text": NUL}).status_code == 422
    assert not UserWish.objects.filter(text__contains="emojis").exclude(pk=wish.pk).exists()


def test_a_nul_in_a_rewritten_answer_is_refused(mined, researcher, client_of):
    run_pair_building(job_id=open_pair_building(project=mined, recipe="dsat_then_accepted").pk)
    rewrite = PairRewrite.objects.get()
    address = f"/p/shared/signals/rewrites/{rewrite.uuid}/save/"
    assert client_of(researcher).post(address, {"text": "Canberra.\x00"}).status_code == 422


def test_a_signal_of_a_withdrawn_conversation_cannot_be_reviewed(mined, researcher, client_of):
    signal = Signal.objects.select_related("message__conversation").first()
    address = f"/p/shared/signals/{signal.uuid}/review/"
    withdraw_conversation(conversation=signal.message.conversation, actor=researcher)
    assert client_of(researcher).post(address, {"verdict": "confirmed"}).status_code == 404


@pytest.mark.parametrize(("silence", "verdict"), [(0.0, "nothing"), (0.0, "missed"), (1.0, "confirmed")])
def test_a_verdict_that_does_not_fit_what_was_shown_is_refused(
    mined, researcher, client_of, monkeypatch, silence, verdict
):
    monkeypatch.setattr(review_order, "AUDIT_SHARE", 1.0)
    monkeypatch.setattr(review_order, "SILENCE_SHARE", silence)
    client = client_of(researcher)
    page = client.get("/p/shared/signals/review/").content.decode()
    token = page.partition('name="token" value="')[2].partition('"')[0]
    sent = {"token": token, "verdict": verdict, "missed": ["Style"]}
    answer = client.post("/p/shared/signals/review/record/", sent, follow=True)
    assert "does not fit" in answer.content.decode()
    assert not SignalReview.objects.exists()


def test_a_criterion_that_is_added_twice_at_once_is_refused_once(project, researcher):
    add_criterion(criterion=criterion(project), actor=researcher)
    with pytest.raises(HarkenError, match="already"):
        add_criterion(criterion=criterion(project), actor=researcher)


def criterion(project) -> ProjectCriterion:
    return ProjectCriterion(project=project, name="rude", polarity="dsat", definition="It was rude.")


def test_a_wish_beside_a_withdrawal_is_refused_by_what_is_stored_now(mined, researcher):
    message = Signal.objects.select_related("message__conversation").first().message
    assert message.conversation.withdrawn_at is None
    withdraw_conversation(conversation=Conversation.objects.get(pk=message.conversation_id), actor=researcher)
    with pytest.raises(HarkenError, match="withdrawn"):
        add_wish(message=message, text="no emojis", actor=researcher)
