"""A project's reviews teach the embedding detector: a head of its own, measured on reviews that were held out."""

from dataclasses import replace

import pytest

from curation.domain.errors import HarkenError
from feedback_mining.detectors.embedding import training
from feedback_mining.detectors.embedding.detector import EmbeddingDetector, base_version
from feedback_mining.models import Signal, SignalReview, TrainedHead
from feedback_mining.queries.learning import used_head
from feedback_mining.queries.signals import standing_reviews
from feedback_mining.services import retraining, tools
from feedback_mining.services.mining import open_mining, run_mining
from feedback_mining.services.retraining import go_back_to_shipped_head, retrain_embedding_head
from language_models.embedders.fake import FakeEmbedder
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


def test_one_rejected_claim_of_several_says_nothing_of_the_others(project):
    conversation = make_conversation(
        project, [("user", "Capital of Australia?"), ("assistant", "Sydney."), ("user", "That's wrong.")]
    )
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    signal = Signal.objects.filter(polarity="dsat").first()
    twin = Signal.objects.get(pk=signal.pk)
    twin.pk, twin.uuid, twin.criterion = None, Signal().uuid, "Style"
    twin.save()
    message, reviewer = conversation.messages.get(position=2), make_user()
    labels = []
    for criterion in [
        "Style",
        *Signal.objects.exclude(criterion="Style").values_list("criterion", flat=True),
    ]:
        said = {"verdict": "rejected", "criterion": criterion}
        SignalReview.objects.create(project=project, message=message, reviewer=reviewer, **said)
        reviews = standing_reviews(SignalReview.objects.order_by("id"))
        (example,) = retraining._examples(reviews)
        labels.append((example.sat, example.dsat))
    assert (labels[0], labels[-1]) == ((None, None), (None, False))


class Wide(FakeEmbedder):
    """An embedder whose vectors are longer."""

    name = "wide@1"
    dimension = 768


def test_vectors_of_another_length_are_refused_in_a_sentence(project):
    review_all(project)
    with pytest.raises(HarkenError, match=r"384 numbers.*wide@1 have 768"):
        retrain_embedding_head(project=project, embedder=Wide())


def test_a_head_that_learned_from_another_encoder_is_not_used(project, embedder, monkeypatch):
    review_all(project)
    retrain_embedding_head(project=project, embedder=embedder)
    monkeypatch.setattr(tools, "SocketEmbedder", lambda _path: FakeEmbedder())
    with pytest.raises(HarkenError, match=r"MiniLM.*fake-words@1"):
        tools.detector_of("embedding", project=project)
    assert tools.detector_of("phrases", project=project).name == "phrases"


def test_another_encoder_makes_another_version(embedder):
    assert EmbeddingDetector(embedder).version == base_version()
    other = EmbeddingDetector(FakeEmbedder()).version
    assert other.startswith(base_version())
    assert other != base_version()
