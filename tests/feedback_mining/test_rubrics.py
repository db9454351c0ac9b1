"""A rubric learned from thumbs, and the score that it publishes."""

import pytest
from django.utils import timezone

from curation.domain.errors import HarkenError
from curation.models import Conversation, Message, ModelEndpoint, Score, Scorer
from curation.services.corpus.preferences import publish_scorer, publish_scores
from curation.services.writing.endpoints import save_endpoint
from feedback_mining.domain.rubrics import RubricItem
from feedback_mining.models import LearnedRubric, MiningRun
from feedback_mining.queries.learning import newest_rubric
from feedback_mining.queries.thumbs import ThumbCounts, thumb_counts, thumbed_conversations
from feedback_mining.services import mining, readings, rubrics
from feedback_mining.services.mining import open_mining, run_mining
from feedback_mining.services.rubrics import learn_rubric, price_rubric
from tests.cast import make_conversation
from tests.feedback_mining.reading_server import running_reading_server

KINDS = {1.0: "Thank you so much, perfect!", -1.0: "That is wrong, it is a river."}


def thumb(project, value: float, count: int) -> None:
    scorer = publish_scorer(project=project, name="thumb", version="1", kind=Scorer.Kind.SOURCE)
    for _ in range(count):
        turns = [("user", "Name a lake."), ("assistant", "The Danube."), ("user", KINDS[value])]
        conversation = make_conversation(project, turns)
        publish_scores(scorer=scorer, target="conversation", values={conversation.pk: value})


@pytest.fixture
def endpoint(project):
    with running_reading_server() as server:
        row = ModelEndpoint(project=project, name="local", base_url=server.base_url, model="good")
        yield save_endpoint(endpoint=row)


def test_thumbs_make_a_numbered_rubric_that_scores_conversations(project, endpoint):
    thumb(project, 1.0, 8)
    thumb(project, -1.0, 8)
    row = learn_rubric(project=project, endpoint=endpoint)
    assert (row.version, row.learned_from["held_out"], row.learned_from["held_out_right"]) == (1, 6, 6)
    rubric = newest_rubric(project)
    assert [item.criterion for item in rubric.items] == ["Gratitude", "Factual_Error"]
    job = run_mining(job_id=open_mining(project=project, detector="spur", endpoint=endpoint).pk)
    assert job.state == "succeeded", job.error_sentence
    scores = Score.objects.filter(scorer__name="spur: satisfaction").values_list("value", flat=True)
    assert (len(scores), sum(score > 0 for score in scores)) == (16, 8)


def test_a_lesson_reads_a_sample_of_the_thumbs_and_its_price_is_scaled_from_fewer(
    project, endpoint, monkeypatch
):
    thumb(project, 1.0, 12)
    thumb(project, -1.0, 9)
    monkeypatch.setattr(rubrics, "MOST_THUMBS", 8)
    assert thumb_counts(project) == ThumbCounts(up=12, down=9)
    drawn = thumbed_conversations(project, most=8)
    assert (len(drawn), sum(each.is_pleased for each in drawn)) == (16, 8)
    assert thumbed_conversations(project, most=8) == drawn
    price = price_rubric(project=project, endpoint=endpoint, sample=6)
    assert price["conversations"] == 16
    assert learn_rubric(project=project, endpoint=endpoint).learned_from["held_out"] == 6


def test_a_sign_that_both_kinds_of_thumbs_share_is_no_sign(project, endpoint, monkeypatch):
    def signs(_lesson, _thumbed, polarity):
        own = RubricItem(name=polarity.value, polarity=polarity, definition="d", criterion="Praise")
        return [RubricItem(name="Tone", polarity=polarity, definition="d", criterion="Praise"), own]

    thumb(project, 1.0, 8)
    thumb(project, -1.0, 8)
    monkeypatch.setattr(rubrics, "_signs", signs)
    row = learn_rubric(project=project, endpoint=endpoint)
    assert sorted(item["name"].casefold() for item in row.rubric_items) == ["dsat", "sat"]


def test_too_few_thumbs_are_refused_with_how_many_there_are(project, endpoint):
    thumb(project, 1.0, 8)
    with pytest.raises(HarkenError, match="8 conversations with a thumb up and 0"):
        learn_rubric(project=project, endpoint=endpoint)
    assert not LearnedRubric.objects.exists()


def test_without_a_rubric_spur_says_how_to_learn_one(project, endpoint):
    with pytest.raises(HarkenError, match="learn_rubric"):
        open_mining(project=project, detector="spur", endpoint=endpoint)


def test_the_score_of_a_conversation_is_stored_with_the_progress_or_not_at_all(
    project, endpoint, monkeypatch
):
    thumb(project, 1.0, 8)
    thumb(project, -1.0, 8)
    learn_rubric(project=project, endpoint=endpoint)

    def fails(*_arguments):
        raise HarkenError("The power went out.")

    monkeypatch.setattr(readings, "_publish_satisfaction", fails)
    job = run_mining(job_id=open_mining(project=project, detector="spur", endpoint=endpoint).pk)
    assert (job.state, MiningRun.objects.get().done_through) == ("failed", 0)


def test_a_conversation_that_is_read_from_its_middle_gets_no_score(project, endpoint, monkeypatch):
    thumb(project, 1.0, 8)
    thumb(project, -1.0, 8)
    learn_rubric(project=project, endpoint=endpoint)
    job = open_mining(project=project, detector="spur", endpoint=endpoint)
    newest = Message.objects.order_by("-pk").first()
    monkeypatch.setattr(mining, "_last_seen", lambda _run: newest.pk - 1)
    assert run_mining(job_id=job.pk).state == "succeeded"
    assert not Score.objects.filter(scorer__name="spur: satisfaction").exists()


def test_thumbs_of_archived_conversations_teach_nothing(project, endpoint):
    thumb(project, 1.0, 8)
    thumb(project, -1.0, 8)
    displeased = Score.objects.filter(scorer__name="thumb", value=-1).values("conversation")[:6]
    Conversation.objects.filter(pk__in=displeased).update(archived_at=timezone.now())
    with pytest.raises(HarkenError, match="8 conversations with a thumb up and 2"):
        learn_rubric(project=project, endpoint=endpoint)
