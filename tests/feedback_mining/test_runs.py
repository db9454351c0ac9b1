"""One version from end to end, one run at a time, and what one version finds that another does not."""

import pytest

from curation.domain.errors import HarkenError
from curation.models import Job, Scorer
from curation.services.work.jobs import resume_job
from feedback_mining.detectors.phrases.detector import PhraseDetector
from feedback_mining.models import MiningRun, Signal
from feedback_mining.queries.run_comparison import comparable_runs, compare_runs
from feedback_mining.services import mining
from feedback_mining.services.mining import open_mining, price_mining, run_mining
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


def mine(project):
    return run_mining(job_id=open_mining(project=project, detector="phrases").pk)


@pytest.fixture
def stopped(project, monkeypatch):
    """A run that stored its first batch and failed at the second."""
    for _ in range(2):
        make_conversation(project, COMPLAINT)
    read = mining._read

    def reading_once(detector, batch):
        if MiningRun.objects.get().done_through:
            raise HarkenError("The power went out.")
        return read(detector, batch)

    with monkeypatch.context() as patched:
        patched.setattr(mining, "BATCH_MESSAGES", 1)
        patched.setattr(mining, "_read", reading_once)
        job = mine(project)
    assert job.state == "failed"
    return job


def resumed(job, actor):
    resume_job(job=Job.objects.get(pk=job.pk), actor=actor)
    return run_mining(job_id=job.pk)


def test_a_run_is_of_the_version_that_reads_not_of_the_one_that_was_there_when_it_was_opened(
    project, monkeypatch
):
    make_conversation(project, COMPLAINT)
    job = open_mining(project=project, detector="phrases")
    monkeypatch.setattr(PhraseDetector, "version", "newer")
    run_mining(job_id=job.pk)
    assert MiningRun.objects.get().detector_version == "newer"
    assert set(Signal.objects.values_list("detector_version", flat=True)) == {"newer"}


def test_a_run_that_stored_something_does_not_go_on_with_another_version(
    project, stopped, researcher, monkeypatch
):
    monkeypatch.setattr(PhraseDetector, "version", "newer")
    job = resumed(stopped, researcher)
    assert (job.state, "Start a new run" in job.error_sentence) == ("failed", True)
    assert mine(project).result["user_messages"] == 4


def test_a_run_does_not_go_on_where_another_version_has_read_since(project, stopped, researcher, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(PhraseDetector, "version", "newer")
        mine(project)
    assert resumed(stopped, researcher).state == "failed"
    assert set(Signal.objects.current().values_list("detector_version", flat=True)) == {"newer"}


def test_going_back_to_an_earlier_version_reads_again_and_makes_its_signals_current(project, monkeypatch):
    make_conversation(project, COMPLAINT)
    mine(project)
    with monkeypatch.context() as patched:
        patched.setattr(PhraseDetector, "version", "newer")
        mine(project)
    assert price_mining(project=project, detector="phrases")["user_messages"] == 1
    assert mine(project).result["user_messages"] == 2
    assert set(Signal.objects.current().values_list("detector_version", flat=True)) == {
        PhraseDetector.version
    }
    assert mine(project).result["user_messages"] == 0


def test_pressing_twice_makes_one_run(project):
    open_mining(project=project, detector="phrases")
    with pytest.raises(HarkenError, match="under way"):
        open_mining(project=project, detector="phrases")
    assert MiningRun.objects.count() == 1
