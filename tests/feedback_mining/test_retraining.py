"""A project's reviews teach the embedding detector: a head of its own, measured on reviews that were held out."""

from dataclasses import replace

import pytest

from curation.domain.errors import HarkenError
from feedback_mining.detectors.embedding import training
from feedback_mining.models import SignalReview, TrainedHead
from feedback_mining.queries.learning import used_head
from feedback_mining.services import retraining
from feedback_mining.services.retraining import go_back_to_shipped_head, retrain_embedding_head
from language_models.embedders.local import LocalEmbedder
from tests.cast import make_conversation, make_user

TASKS = ("a letter", "a recipe", "a plan", "a summary", "an invoice", "a speech")
# A way of complaining that this project's users alone have.
COMPLAINTS = ("Computer says hmm, {}.", "Mine was the blue one, {}.")
NEUTRAL = ("Please add the date to {}.", "And who signs {}?")


class Encoder(LocalEmbedder):
    """The real encoder, asked in this process."""


@pytest.fixture(scope="module")
def embedder():
    return Encoder()


def review_all(project, *, verdicts=("confirmed", "nothing"), tasks=TASKS):
    reviewer = make_user()
    for task in tasks:
        for at, texts in enumerate((COMPLAINTS, NEUTRAL)):
            for text in texts:
                conversation = make_conversation(
                    project,
                    [("user", f"Write {task}."), ("assistant", "Here it is."), ("user", text.format(task))],
                )
                message = conversation.messages.get(position=2)
                SignalReview.objects.create(
                    project=project,
                    message=message,
                    reviewer=reviewer,
                    verdict=verdicts[at],
                    criterion="" if verdicts[at] == "nothing" else "Ignored",
                )


def test_reviews_make_a_head_that_does_better_on_reviews_that_were_held_out(project, embedder):
    review_all(project)
    trained = retrain_embedding_head(project=project, embedder=embedder)
    assert trained.messages == 24
    assert trained.is_used
    assert trained.after["dsat"]["average_precision"] > trained.before["dsat"]["average_precision"]
    assert trained.after["log_loss"] < trained.before["log_loss"]
    assert used_head(project) == trained.head


def test_too_few_reviews_are_refused_with_how_many_are_needed(project, embedder):
    review_all(project, tasks=TASKS[:2])
    with pytest.raises(HarkenError, match=r"8 messages were reviewed.*20"):
        retrain_embedding_head(project=project, embedder=embedder)


def test_verdicts_that_all_agree_teach_nothing(project, embedder):
    review_all(project, verdicts=("nothing", "nothing"))
    with pytest.raises(HarkenError, match="agree"):
        retrain_embedding_head(project=project, embedder=embedder)


def test_a_project_can_go_back_to_the_shipped_head(project, embedder, researcher):
    review_all(project)
    retrain_embedding_head(project=project, embedder=embedder)
    go_back_to_shipped_head(project=project, actor=researcher)
    assert used_head(project) is None
    assert TrainedHead.objects.count() == 1


def test_a_head_that_is_no_better_leaves_the_one_before_in_use(project, embedder, monkeypatch):
    review_all(project)
    good = retrain_embedding_head(project=project, embedder=embedder).head
    fit = training.retrain
    monkeypatch.setattr(
        retraining, "retrain", lambda *args, **kw: replace(found := fit(*args, **kw), after=found.before)
    )
    assert not retrain_embedding_head(project=project, embedder=embedder).is_used
    assert used_head(project) == good


def test_one_head_is_in_use(project, embedder):
    review_all(project)
    for _ in range(2):
        newest = retrain_embedding_head(project=project, embedder=embedder).head
    assert list(TrainedHead.objects.filter(is_used=True)) == [newest]
