"""What one version of a detector finds that another does not."""

import pytest

from curation.models import Scorer
from feedback_mining.models import MiningRun, Signal
from feedback_mining.queries.run_comparison import comparable_runs, compare_runs
from feedback_mining.services.mining import open_mining, run_mining
from tests.cast import make_conversation

COMPLAINT = [("user", "Capital of Australia?"), ("assistant", "Sydney."), ("user", "That's wrong.")]


@pytest.fixture
def versions(project):
    make_conversation(project, COMPLAINT)
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    for model in (MiningRun, Signal):
        model.objects.update(detector_version="older")
    Scorer.objects.filter(name__startswith="phrases").update(version="older")
    make_conversation(project, COMPLAINT)
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    new, old = comparable_runs(project)
    return old, new


def test_only_messages_that_both_read_are_compared(versions):
    comparison = compare_runs(*versions)
    assert comparison.messages == 1
    assert comparison.changed == 0
    assert comparison.unchanged == Signal.objects.filter(detector_version="older").count()


def test_a_claim_of_one_version_alone_is_shown_with_its_words(versions):
    Signal.objects.filter(detector_version="older", criterion="Factual_Error").delete()
    comparison = compare_runs(*versions, criterion="Factual_Error", side="gained")
    change = next(each for each in comparison.changes if each.criterion == "Factual_Error")
    assert (change.both, change.lost, change.gained) == (0, 0, 1)
    assert "wrong" in comparison.examples[0].evidence


def test_the_page_shows_what_changed(versions, researcher, outsider, client_of):
    old, new = versions
    address = f"/p/shared/signals/runs/compare/?old={old.uuid}&new={new.uuid}"
    assert "both read 1 messages" in client_of(researcher).get(address).content.decode()
    assert client_of(outsider).get(address).status_code == 404
