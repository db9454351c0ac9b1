"""Precision and recall on the demo project: of what was read there, against labels that are older than detectors."""

import pytest
from django.utils import timezone

from curation.demo import true_labels
from curation.models import Conversation, Message, Project
from feedback_mining.domain.taxonomy import Polarity, polarity_of
from feedback_mining.models import MiningRun, Signal
from feedback_mining.queries.measurement import MeasuredDetector, measured_detectors
from tests.cast import make_conversation


@pytest.fixture
def complaint(project: Project) -> Message:
    """A message of the demo corpus that complains, in a project that a detector has read."""
    project.is_demo = True
    project.save()
    label = next(each for each in true_labels() if {polarity_of(name) for name in each.criteria} == {"dsat"})
    turns = [("user" if at == label.index else "assistant", "text") for at in range(label.index + 1)]
    conversation = make_conversation(project, turns)
    Conversation.objects.filter(pk=conversation.pk).update(source_id=label.conversation)
    MiningRun.objects.create(
        project=project,
        detector="phrases",
        detector_version="1",
        threshold=0.5,
        finished_at=timezone.now(),
    )
    return conversation.messages.get(position=label.index)


def signal(message: Message, polarity: Polarity) -> None:
    Signal.objects.create(
        project_id=message.project_id,
        run=MiningRun.objects.get(),
        message=message,
        response_message=message,
        detector="phrases",
        criterion="Style",
        polarity=polarity,
        probability=0.9,
        span_start=0,
        span_end=1,
    )


def measured(project: Project, polarity: Polarity) -> MeasuredDetector:
    return next(found for found in measured_detectors(project) if found.polarity == polarity)


def test_a_complaint_that_is_found_counts_for_both_figures(project: Project, complaint: Message) -> None:
    signal(complaint, Polarity.DSAT)
    found = measured(project, Polarity.DSAT)
    assert found.precision_text == found.recall_text == "100% (21% to 100%)"


def test_a_complaint_that_is_missed_lowers_recall_and_leaves_precision_undefined(
    project: Project, complaint: Message
) -> None:
    found = measured(project, Polarity.DSAT)
    assert (found.precision_text, found.counts.recall) == ("undefined", 0.0)


def test_praise_found_in_a_complaint_lowers_precision(project: Project, complaint: Message) -> None:
    signal(complaint, Polarity.SAT)
    assert measured(project, Polarity.SAT).counts.precision == 0.0


def test_what_was_withdrawn_is_not_measured(project: Project, complaint: Message) -> None:
    signal(complaint, Polarity.DSAT)
    Conversation.objects.update(withdrawn_at=timezone.now())
    assert measured(project, Polarity.DSAT).counts.true == 0


def test_a_project_of_one_s_own_has_no_true_labels_to_be_measured_on(
    project: Project, complaint: Message
) -> None:
    project.is_demo = False
    assert measured_detectors(project) == []
