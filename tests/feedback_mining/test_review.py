"""The review: what comes up, what is stored with it, and what it says of detectors."""

from random import Random

import pytest

from curation.models import Evidence, Message, Scorer
from curation.services.corpus.preferences import publish_scorer, publish_scores
from feedback_mining.detectors.embedding.detector import base_version
from feedback_mining.domain.review_order import Draw, ReviewedClaim, as_sample, worth
from feedback_mining.models import MiningRun, ProjectCriterion, Signal, SignalReview, TrainedHead
from feedback_mining.queries import review_order
from feedback_mining.queries.review_order import next_drawn, silent_messages
from feedback_mining.queries.review_quality import review_quality
from feedback_mining.services.head_jobs import open_head_retraining, run_head_retraining
from feedback_mining.services.mining import open_mining, run_mining
from feedback_mining.services.reviews import SignalVerdict, record_signal_review
from feedback_mining.views import review as review_views
from tests.cast import make_conversation, make_pair

COMPLAINT = [("user", "Capital of Australia?"), ("assistant", "Sydney."), ("user", "That's wrong.")]
SILENT = [("user", "Name a river."), ("assistant", "The Danube."), ("user", "And a lake?")]


@pytest.fixture
def mined(project):
    for turns in [COMPLAINT] * 3 + [SILENT] * 2:
        make_conversation(project, turns)
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    return project


def always(monkeypatch, *, audit: float, silence: float = 0.0) -> None:
    monkeypatch.setattr(review_order, "AUDIT_SHARE", audit)
    monkeypatch.setattr(review_order, "SILENCE_SHARE", silence)


def judge(project, reviewer, *, times: int, is_true=lambda number: True) -> None:
    for number in range(times):
        drawn = next_drawn(project, chance=Random(number))
        verdict = "confirmed" if is_true(number) else "rejected"
        if not drawn.criterion:
            verdict = "nothing"
        said = SignalVerdict(verdict=verdict, criterion=drawn.criterion)
        message = drawn_message(drawn)
        record_signal_review(message=message, reviewer=reviewer, verdict=said, draw=drawn.draw)


def token_in(page: str) -> str:
    return page.partition('name="token" value="')[2].partition('"')[0]


def drawn_message(drawn):
    return Message.objects.get(pk=drawn.message_id)


def test_doubt_and_reach_make_a_verdict_worth_more():
    assert worth(0.5, reach=1) > worth(0.9, reach=1)
    assert worth(0.9, reach=5) > worth(0.9, reach=1)


def test_the_least_sure_claim_comes_first_and_none_twice(mined, researcher, monkeypatch):
    always(monkeypatch, audit=0.0)
    least = Signal.objects.order_by("probability", "id").first()
    Signal.objects.filter(pk=least.pk).update(probability=0.5)
    drawn = next_drawn(mined, chance=Random(1))
    assert (drawn.message_id, drawn.criterion, drawn.draw.arm) == (least.message_id, least.criterion, "value")
    record_signal_review(
        message=least.message,
        reviewer=researcher,
        verdict=SignalVerdict(verdict="confirmed", criterion=least.criterion),
    )
    assert next_drawn(mined, chance=Random(1)) != drawn


def test_a_random_claim_stands_for_all_of_its_criterion(mined, monkeypatch):
    always(monkeypatch, audit=1.0)
    drawn = next_drawn(mined, chance=Random(1))
    claims = Signal.objects.filter(criterion=drawn.criterion).values("message").distinct().count()
    assert (drawn.draw.arm, drawn.draw.weight) == ("audit", claims)


def test_a_random_silence_is_a_read_message_without_a_claim(mined, monkeypatch):
    always(monkeypatch, audit=1.0, silence=1.0)
    drawn = next_drawn(mined, chance=Random(1))
    assert (drawn.criterion, drawn.draw.weight) == ("", silent_messages(mined).count())
    assert not Signal.objects.filter(message=drawn.message_id).exists()


def test_a_draw_that_the_order_came_past_stands_for_itself_alone():
    audit, past = Draw(arm="audit", weight=9.0, value=0.5), Draw(arm="value", value=0.4)
    claims = {
        order: ReviewedClaim(order=order, is_true=True, draw=draw) for order, draw in enumerate([audit, past])
    }
    assert [each.weight for each in as_sample(claims).values()] == [None, None]
    assert as_sample({0: claims[0]})[0].weight == 9.0


def test_precision_and_recall_come_from_the_draws(mined, researcher, monkeypatch):
    always(monkeypatch, audit=1.0, silence=0.5)
    judge(mined, researcher, times=30 if next_drawn(mined, chance=Random(1)) is None else 3)
    while next_drawn(mined, chance=Random(2)) is not None:
        judge(mined, researcher, times=1)
    quality = review_quality(mined)
    row = next(row for row in quality.criteria if row.criterion == "Factual_Error")
    assert (row.claims, row.precision.value, row.precision.interval) == (3, 1.0, (1.0, 1.0))
    assert row.recall.value == 1.0
    assert (quality.silent_read, quality.silent_held) == (quality.silent, 0)


def test_a_miss_found_in_silence_lowers_recall(mined, researcher):
    for number, message in enumerate(silent_messages(mined)):
        said = (
            SignalVerdict(verdict="missed", criterion="Ignored")
            if not number
            else SignalVerdict(verdict="nothing")
        )
        record_signal_review(
            message=message, reviewer=researcher, verdict=said, draw=Draw(arm="audit", weight=2)
        )
    row = next(row for row in review_quality(mined).criteria if row.criterion == "Ignored")
    assert (row.claims, row.recall.value) == (0, 0.0)


def test_the_desk_stores_what_was_drawn(mined, researcher, client_of, monkeypatch):
    always(monkeypatch, audit=1.0)
    client = client_of(researcher)
    page = client.get("/p/shared/signals/review/").content.decode()
    token = token_in(page)
    client.post(
        "/p/shared/signals/review/record/", {"token": token, "verdict": "confirmed", "words": "wrong"}
    )
    review = SignalReview.objects.get()
    assert (review.arm, review.verdict) == ("audit", "confirmed")
    assert COMPLAINT[-1][1][review.span_start : review.span_end] == "wrong"


@pytest.mark.parametrize("change", [{"token": "forged"}, {"verdict": "corrected"}, {"words": "not there"}])
def test_the_desk_refuses_in_a_sentence_and_stores_nothing(mined, researcher, client_of, change, monkeypatch):
    always(monkeypatch, audit=0.0)
    client = client_of(researcher)
    token = token_in(client.get("/p/shared/signals/review/").content.decode())
    sent = {"token": token, "verdict": "confirmed", **change}
    answer = client.post("/p/shared/signals/review/record/", sent, follow=True)
    assert answer.status_code == 200
    assert not SignalReview.objects.exists()


def test_a_reader_marks_what_was_missed_by_its_words(mined, researcher, client_of):
    message = silent_messages(mined).first()
    address = f"/p/shared/conversations/{message.conversation.uuid}/missed/"
    sent = {"position": message.position + 1, "criterion": "Ignored", "words": "a lake"}
    client_of(researcher).post(address, sent)
    review = SignalReview.objects.get()
    assert message.text[review.span_start : review.span_end] == "a lake"
    assert (review.arm, review.verdict) == ("free", "missed")


def test_training_on_too_few_reviews_is_refused_in_a_sentence(mined, researcher):
    job = run_head_retraining(job_id=open_head_retraining(project=mined, actor=researcher).pk)
    assert job.state == "failed"
    assert "Review 20 or more" in job.error_sentence


def test_a_claim_can_be_corrected_to_a_criterion_of_the_project(mined, researcher, client_of, monkeypatch):
    always(monkeypatch, audit=0.0)
    ProjectCriterion.objects.create(project=mined, name="Rude", polarity="dsat", definition="It was rude.")
    client = client_of(researcher)
    page = client.get("/p/shared/signals/review/").content.decode()
    token = token_in(page)
    sent = {"token": token, "verdict": "corrected", "corrected_criterion": "dsat:Rude"}
    client.post("/p/shared/signals/review/record/", sent)
    assert SignalReview.objects.get().corrected_criterion == "dsat:Rude"


def test_a_miss_that_is_taken_back_counts_no_more(mined, researcher):
    message = silent_messages(mined).first()
    for verdict in (SignalVerdict(verdict="missed", criterion="Style"), SignalVerdict(verdict="nothing")):
        record_signal_review(message=message, reviewer=researcher, verdict=verdict)
    quality = review_quality(mined)
    assert (quality.silent_read, quality.silent_held) == (1, 0)
    assert not any(each.criterion == "Style" for each in quality.criteria)


def test_a_correction_that_is_taken_back_marks_nothing(mined, researcher):
    signal = Signal.objects.filter(criterion="Factual_Error").first()
    for verdict, corrected in (("corrected", "Style"), ("confirmed", "")):
        said = SignalVerdict(verdict=verdict, criterion=signal.criterion, corrected_criterion=corrected)
        record_signal_review(message=signal.message, reviewer=researcher, verdict=said)
    assert not any(each.criterion == "Style" for each in review_quality(mined).criteria)


def criterion_row(project, criterion, *, detector="phrases"):
    rows = review_quality(project).criteria
    return next(row for row in rows if (row.detector, row.criterion) == (detector, criterion))


def claim(message, criterion, *, detector, version):
    """A copy of a mined signal, as another detector would have found it."""
    twin = Signal.objects.order_by("id").first()
    twin.pk, twin.uuid = None, Signal().uuid
    twin.message, twin.criterion, twin.polarity = message, criterion, "dsat"
    twin.detector, twin.detector_version = detector, version
    twin.save()


def test_a_miss_drawn_from_silence_stands_for_no_claims_once_it_is_claimed(mined, researcher):
    message = silent_messages(mined).first()
    said = SignalVerdict(verdict="missed", criterion="Factual_Error")
    silence = Draw(arm="audit", weight=5_000)
    record_signal_review(message=message, reviewer=researcher, verdict=said, draw=silence)
    for at, signal in enumerate(Signal.objects.filter(criterion="Factual_Error")[:2]):
        said = SignalVerdict(verdict="rejected" if at else "confirmed", criterion="Factual_Error")
        record_signal_review(
            message=signal.message, reviewer=researcher, verdict=said, draw=Draw(arm="audit", weight=3)
        )
    claim(message, "Factual_Error", detector="phrases", version="2")
    row = criterion_row(mined, "Factual_Error")
    # Four claims: one known to be true, and half of the other three.
    assert (row.claims, row.precision.value) == (4, 2.5 / 4)


def train_on_every_review(project):
    TrainedHead.objects.create(
        project=project, version=1, embedder="MiniLM", base_version="2-a-b", weights=b"", review_count=3
    )
    Signal.objects.filter(detector="embedding").update(detector_version="2-a-b+1")


def test_what_a_head_was_trained_on_tells_nothing_of_how_far_it_can_be_trusted(mined, researcher):
    signals = list(Signal.objects.filter(criterion="Factual_Error"))
    for signal in signals:
        claim(signal.message, "Factual_Error", detector="embedding", version="2-a-b")
    said = SignalVerdict(verdict="confirmed", criterion="Factual_Error")
    draw = Draw(arm="audit", weight=3)
    for signal in signals[:2]:
        record_signal_review(message=signal.message, reviewer=researcher, verdict=said, draw=draw)
    assert criterion_row(mined, "Factual_Error", detector="embedding").precision.value == 1.0
    train_on_every_review(mined)
    row = criterion_row(mined, "Factual_Error", detector="embedding")
    assert (row.claims, row.reviewed, row.precision, row.recall) == (3, 0, None, None)
    assert criterion_row(mined, "Factual_Error").precision.value == 1.0
    rejected = SignalVerdict(verdict="rejected", criterion="Factual_Error")
    record_signal_review(message=signals[2].message, reviewer=researcher, verdict=rejected, draw=draw)
    assert criterion_row(mined, "Factual_Error", detector="embedding").precision.value == 0.0


def test_silence_that_a_head_was_trained_on_tells_nothing_of_what_is_missed(mined, researcher):
    claim(Signal.objects.first().message, "Ignored", detector="embedding", version="2-a-b")
    nothing = SignalVerdict(verdict="nothing")
    for message in silent_messages(mined):
        record_signal_review(
            message=message, reviewer=researcher, verdict=nothing, draw=Draw(arm="audit", weight=2)
        )
    assert review_quality(mined).silent_read == 2
    train_on_every_review(mined)
    assert (review_quality(mined).silent, review_quality(mined).silent_read) == (0, 0)


def judged(project, reviewer, signal, verdict="confirmed", **draw):
    said = SignalVerdict(verdict=verdict, criterion=signal.criterion)
    record_signal_review(message=signal.message, reviewer=reviewer, verdict=said, draw=Draw(**draw))


def test_the_order_of_value_goes_across_criteria(mined, researcher):
    first, second = Signal.objects.filter(criterion="Factual_Error")[:2]
    claim(second.message, "Ignored", detector="phrases", version="1")
    other = Signal.objects.get(criterion="Ignored")
    judged(mined, researcher, first, arm="audit", weight=3, value=0.5)
    assert criterion_row(mined, "Factual_Error").precision.value == 1.0
    # A claim of another criterion came up later that was worth less: this one would have come up before it.
    judged(mined, researcher, other, arm="value", value=0.4)
    assert criterion_row(mined, "Factual_Error").precision is None


def test_a_second_look_at_a_claim_leaves_its_draw_where_it_was(mined, researcher):
    first, second = Signal.objects.filter(criterion="Factual_Error")[:2]
    judged(mined, researcher, first, arm="audit", weight=3, value=0.5)
    judged(mined, researcher, second, arm="value", value=0.4)
    judged(mined, researcher, first)
    assert criterion_row(mined, "Factual_Error").precision is None


def test_a_sure_claim_on_which_pairs_rest_comes_before_any_number_of_unsure_ones(mined, monkeypatch):
    always(monkeypatch, audit=0.0)
    unsure, *_, sure = Signal.objects.filter(criterion="Factual_Error").order_by("id")
    Signal.objects.update(probability=0.6)
    Signal.objects.filter(pk=sure.pk).update(probability=0.9)
    for version in range(250):
        claim(unsure.message, "Ignored", detector="phrases", version=str(version))
    for _ in range(4):
        Evidence.objects.create(
            project=mined, pair=make_pair(mined), message=sure.message, kind="complaint", quote="wrong"
        )
    drawn = next_drawn(mined, chance=Random(1))
    assert (drawn.message_id, drawn.criterion) == (sure.message_id, "Factual_Error")
    assert drawn.draw.value == pytest.approx(worth(0.9, reach=5))


def test_what_a_detector_never_read_it_did_not_miss(mined, researcher):
    signals = list(Signal.objects.filter(criterion="Factual_Error"))
    claim(signals[0].message, "Factual_Error", detector="llm", version="1")
    scorer = publish_scorer(project=mined, name="llm: dsat", version="1", kind=Scorer.Kind.DETECTOR)
    publish_scores(scorer=scorer, target="message", values={signals[0].message_id: 0.9})
    for signal in signals:
        judged(mined, researcher, signal)
    for message in silent_messages(mined):
        said = SignalVerdict(verdict="missed", criterion="Factual_Error")
        record_signal_review(message=message, reviewer=researcher, verdict=said)
    assert criterion_row(mined, "Factual_Error", detector="llm").recall.value == 1.0
    assert criterion_row(mined, "Factual_Error").recall.value == 3 / 5


def test_the_figures_show_whether_the_shipped_probabilities_hold(mined, researcher, client_of):
    page = client_of(researcher).get("/p/shared/signals/review/figures/").content.decode()
    _before, _found, drawn = page.partition('id="calibration-shipped"')
    assert "<svg" in drawn


def head_of(project, *, base_version: str) -> TrainedHead:
    return TrainedHead.objects.create(
        project=project,
        version=3,
        embedder="fake-words@1",
        base_version=base_version,
        weights=b"",
        review_count=20,
    )


@pytest.mark.parametrize("page", ["signals/", "signals/review/figures/"])
def test_a_head_of_an_earlier_version_is_named_and_training_again_is_offered(
    mined, researcher, client_of, page
):
    head = head_of(mined, base_version="an earlier one")
    shown = client_of(researcher).get(f"/p/shared/{page}").content.decode()
    assert "since head 3 was trained" in shown
    assert "Train on the reviews again" in shown
    assert "in use" not in shown
    head.base_version = base_version()
    head.save()
    shown = client_of(researcher).get(f"/p/shared/{page}").content.decode()
    assert "since head 3 was trained" not in shown
    assert ("in use" in shown) == page.endswith("figures/")


def test_training_waits_until_enough_messages_were_reviewed(mined, researcher, client_of, monkeypatch):
    figures = "/p/shared/signals/review/figures/"
    button = '<button class="button" disabled>Train on the reviews</button>'
    shown = client_of(researcher).get(figures).content.decode()
    assert "0 of 20 messages that training takes were reviewed." in shown
    assert button in shown
    monkeypatch.setattr(review_views, "FEWEST_MESSAGES", 1)
    judge(mined, researcher, times=1)
    shown = client_of(researcher).get(figures).content.decode()
    assert button not in shown
    assert "that training takes" not in shown


def test_the_desk_says_how_many_claims_are_left_and_why_it_is_empty(project, researcher, client_of):
    desk, client = "/p/shared/signals/review/", client_of(researcher)
    assert "There is nothing to review yet" in client.get(desk).content.decode()
    make_conversation(project, COMPLAINT)
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    claims = Signal.objects.count()
    assert f"{claims} claim{'s are' if claims > 1 else ' is'} left" in client.get(desk).content.decode()
    judge(project, researcher, times=claims)
    assert "Nothing is left to review" in client.get(desk).content.decode()


def test_a_head_that_nothing_was_read_by_yet_is_followed_by_the_next_step(mined, researcher, client_of):
    figures, client = "/p/shared/signals/review/figures/", client_of(researcher)
    head_of(mined, base_version=base_version())
    shown = client.get(figures).content.decode()
    assert "Head 3 is in use, but nothing was read by it yet" in shown
    MiningRun.objects.create(project=mined, detector="embedding", detector_version="4+3", threshold=0.5)
    assert "nothing was read by it yet" not in client.get(figures).content.decode()


def test_a_head_that_is_no_better_is_said_to_be_left_aside(mined, researcher, client_of):
    head = head_of(mined, base_version=base_version())
    head.before, head.after, head.is_used = {"log_loss": 0.5}, {"log_loss": 0.6}, False
    head.save()
    shown = client_of(researcher).get("/p/shared/signals/review/figures/").content.decode()
    assert "not used: no better on held-out reviews" in shown
