"""What models write is moderated by the project's own classifier, to its last word."""

import pytest

from curation.domain.errors import HarkenError
from curation.enrichers.toxicity import ToxicityScorer
from curation.services.enrichers.moderation import PART, Moderator, moderator_of
from tests.curation.test_enrichers_extra import WordClassifier


@pytest.fixture
def moderator() -> Moderator:
    return Moderator(ToxicityScorer(WordClassifier(), label="toxic"))


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        ("Good morning.", False),
        ("", False),
        ("   ", False),
        ("You idiot.", True),
        # Of a long text it sees every part, and what stands where one is cut.
        ("Good morning. " * 1_000 + "You idiot.", True),
        ("x" * (PART - 2) + "idiot" + "x" * PART, True),
    ],
)
def test_a_text_is_refused_for_any_toxic_part(moderator: Moderator, text: str, is_refused: bool) -> None:
    assert moderator.refuses(text) is is_refused


def test_the_moderator_names_its_classifier_and_label(moderator: Moderator) -> None:
    assert moderator.name == f"{WordClassifier.name}:toxic"


def test_a_project_without_a_classifier_has_no_moderator(project) -> None:
    assert moderator_of(project) is None


def test_a_classifier_that_is_set_and_cannot_be_used_is_an_error_in_a_sentence(project) -> None:
    project.enrichment_settings = {"toxicity": {"classifier": "/nowhere"}}
    with pytest.raises(HarkenError, match="/nowhere"):
        moderator_of(project)
