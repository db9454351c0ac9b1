"""Mining runs and pairs over stored conversations, with the real detector `phrases`."""

from typing import Any

import pytest
from django.utils import timezone

from curation.domain.errors import HarkenError
from curation.models import Conversation, Evidence, Job, ModelEndpoint, ModelVersion, PreferencePair, Score
from curation.services.corpus.withdrawals import withdraw_conversation
from curation.services.versions.datasets import ensure_dataset, freeze_dataset
from curation.services.work import jobs
from curation.services.work.jobs import resume_job
from feedback_mining.domain.findings import Finding
from feedback_mining.domain.taxonomy import Polarity
from feedback_mining.models import MiningRun, Signal, UserWish
from feedback_mining.queries import mined
from feedback_mining.queries.screens import criterion_counts, mining_funnel, signal_page
from feedback_mining.queries.signals import (
    conversations_with,
    findings_by_message,
    reviewed_signals,
)
from feedback_mining.services import mining
from feedback_mining.services.mining import open_mining, run_mining
from feedback_mining.services.pairs import open_pair_building, run_pair_building
from feedback_mining.services.reviews import SignalVerdict, record_signal_review
from tests.cast import make_conversation, make_project

COMPLAINT = [
    ("user", "What is the capital of Australia?"),
    ("assistant", "The capital of Australia is Sydney."),
    ("user", "That's wrong. Check again, please."),
    ("assistant", "The capital of Australia is Canberra."),
    ("user", "Perfect, thank you!"),
]
PLAIN = [
    ("user", "Name a river."),
    ("assistant", "The Danube."),
    ("user", "And a lake?"),
    ("assistant", "Como."),
]


def mine(project, detector: str = "phrases") -> dict:
    job = run_mining(job_id=open_mining(project=project, detector=detector).pk)
    assert job is not None
    return job.result


def build(project, recipe: str = "dsat_then_better") -> dict:
    job = run_pair_building(job_id=open_pair_building(project=project, recipe=recipe).pk)
    assert job is not None
    return job.result


def review(signal, reviewer, verdict: str, corrected: str = "") -> None:
    said = SignalVerdict(verdict=verdict, criterion=signal.criterion, corrected_criterion=corrected)
    record_signal_review(message=signal.message, reviewer=reviewer, verdict=said)


def test_a_signal_holds_the_user_s_words_and_the_answer_it_judges(project):
    conversation = make_conversation(project, COMPLAINT)
    assert mine(project)["dsat"] >= 1
    signal = Signal.objects.get(criterion="Factual_Error")
    assert "wrong" in signal.message.text[signal.span_start : signal.span_end]
    assert signal.response_message == conversation.messages.get(position=1)


def test_moving_on_without_a_word_is_no_signal(project):
    make_conversation(project, PLAIN)
    assert mine(project)["signals"] == 0


def test_every_message_read_is_scored_and_nothing_is_read_twice(project):
    make_conversation(project, COMPLAINT)
    assert mine(project)["user_messages"] == 3
    # The first message follows no answer, so there is nothing that it could judge.
    assert Score.objects.filter(scorer__name="phrases: dsat").count() == 2
    assert mine(project)["user_messages"] == 0


def test_a_later_import_is_read_by_the_next_run(project):
    make_conversation(project, PLAIN)
    mine(project)
    make_conversation(project, COMPLAINT)
    assert mine(project)["user_messages"] == 3
    assert MiningRun.objects.filter(finished_at__isnull=False).count() == 2


def test_another_project_s_messages_are_not_read(project):
    make_conversation(make_project("other"), COMPLAINT)
    assert mine(project)["user_messages"] == 0


def test_an_unknown_detector_is_named_with_the_known_ones(project):
    with pytest.raises(HarkenError, match="phrases"):
        open_mining(project=project, detector="nonesuch")


def test_without_an_embedder_the_job_fails_with_the_command_that_starts_one(project, settings, tmp_path):
    settings.HARKEN_EMBEDDER_SOCKET = str(tmp_path / "none.sock")
    make_conversation(project, COMPLAINT)
    job = run_mining(job_id=open_mining(project=project, detector="embedding").pk)
    assert job.state == "failed"
    assert "language_models.embedders.server" in job.error_sentence


def test_a_complaint_with_a_better_answer_becomes_a_pair_with_its_evidence(project):
    conversation = make_conversation(project, COMPLAINT)
    mine(project)
    assert build(project)["pairs"] == 1
    pair = PreferencePair.objects.get()
    assert (pair.rejected.text, pair.chosen.text) == (COMPLAINT[1][1], COMPLAINT[3][1])
    assert pair.prompt.last_message == conversation.messages.get(position=0)
    evidence = Evidence.objects.get(pair=pair, kind="complaint")
    assert evidence.quote == evidence.message.text[evidence.span_start : evidence.span_end]


def test_an_endpoint_that_mined_what_it_had_written_is_flagged(project):
    model = ModelVersion.objects.create(project=project, name="m")
    endpoint = ModelEndpoint.objects.create(
        project=project, name="local", base_url="http://127.0.0.1:9/v1", model="m", model_version=model
    )
    conversation = make_conversation(project, COMPLAINT)
    conversation.model_version = model
    conversation.save()
    mine(project)
    MiningRun.objects.update(endpoint=endpoint)
    build(project)
    version = freeze_dataset(dataset=ensure_dataset(project=project, name="d", recipe=None, actor=None))
    (group,) = version.manifest["makers"]["groups"]
    assert (group["mined"], group["did_two"]) == (["local"], ["local"])


def test_a_pair_names_the_detector_that_mined_it(project):
    make_conversation(project, COMPLAINT)
    mine(project)
    build(project)
    assert Evidence.objects.get(kind="complaint").source_name == "phrases"


def test_building_again_adds_no_pair(project):
    make_conversation(project, COMPLAINT)
    mine(project)
    build(project)
    assert build(project)["pairs"] == 0
    assert PreferencePair.objects.count() == 1


def test_an_answer_that_apologises_is_skipped_with_its_reason(project):
    turns = [*COMPLAINT[:3], ("assistant", "Sorry about my mistake! You're right, it is Canberra.")]
    make_conversation(project, turns)
    mine(project)
    assert build(project)["skipped"] == {"refers_to_complaint": 1}
    assert mining_funnel(project).skipped == [("refers_to_complaint", 1)]


def test_a_rejected_signal_builds_no_pair(project, researcher):
    make_conversation(project, COMPLAINT)
    mine(project)
    for signal in Signal.objects.filter(polarity="dsat"):
        review(signal, researcher, "rejected")
    assert build(project)["pairs"] == 0


def test_a_reviewed_signal_survives_a_new_reading(project, researcher):
    make_conversation(project, COMPLAINT)
    mine(project)
    kept = Signal.objects.filter(polarity="dsat").first()
    review(kept, researcher, "confirmed")
    MiningRun.objects.update(detector_version="older")
    Signal.objects.update(detector_version="older")
    mine(project)
    newest = reviewed_signals(project).get(message=kept.message, criterion=kept.criterion)
    assert (newest.detector_version != "older", newest.verdict) == (True, "confirmed")


def test_what_an_earlier_version_found_stays_to_be_compared(project):
    make_conversation(project, COMPLAINT)
    mine(project)
    found = Signal.objects.count()
    MiningRun.objects.update(detector_version="older")
    Signal.objects.update(detector_version="older")
    mine(project)
    assert Signal.objects.count() == 2 * found
    assert Signal.objects.current().count() == found
    assert sum(entry.count for entry in criterion_counts(project)) == found


def test_what_a_person_marked_counts_where_no_detector_claims_it(project, researcher):
    conversation = make_conversation(project, [*PLAIN[:2], ("user", "Nonsense."), *PLAIN[1:2]])
    message = conversation.messages.get(position=2)
    verdict = SignalVerdict(verdict="missed", criterion="Factual_Error", span=(0, 8))
    record_signal_review(message=message, reviewer=researcher, verdict=verdict)
    found = findings_by_message(project, conversation_ids=[conversation.pk])
    assert found[message.pk] == [Finding("Factual_Error", 1.0, 0, 8)]
    assert conversations_with(project, polarity=Polarity.DSAT) == [conversation.pk]


def test_a_run_that_was_stopped_goes_on_where_it_was(project, researcher, monkeypatch):
    monkeypatch.setattr(mining, "BATCH_MESSAGES", 2)
    conversations = [make_conversation(project, COMPLAINT) for _ in range(4)]
    job = open_mining(project=project, detector="phrases")
    read = mining._read
    seen: list[Any] = []

    def stopped(detector, batch):
        if len(seen) == 2:
            raise HarkenError("The power went out.")
        seen.append(batch)
        return read(detector, batch)

    monkeypatch.setattr(mining, "_read", stopped)
    assert run_mining(job_id=job.pk).state == "failed"

    def noted(detector, batch):
        seen.append(batch)
        return read(detector, batch)

    monkeypatch.setattr(mining, "_read", noted)
    resume_job(job=Job.objects.get(pk=job.pk), actor=researcher)
    assert run_mining(job_id=job.pk).state == "succeeded"
    again = {message.conversation_id for batch in seen[2:] for message, *_ in batch}
    assert conversations[0].pk not in again
    assert Signal.objects.values("message__conversation").distinct().count() == 4


def test_a_withdrawn_conversation_takes_its_wishes_with_it(project):
    conversation = make_conversation(project, COMPLAINT)
    UserWish.objects.create(
        project=project, message=conversation.messages.get(position=2), detector="phrases", text="check again"
    )
    conversation.withdrawn_at = conversation.started_at
    conversation.save(update_fields=["withdrawn_at"])
    assert UserWish.objects.get().text == ""


def test_what_is_withdrawn_while_it_is_read_leaves_no_words(project, researcher, monkeypatch):
    conversation = make_conversation(project, COMPLAINT)
    read = mining._read

    def read_then_withdraw(*arguments):
        readings = read(*arguments)
        withdraw_conversation(conversation=conversation, actor=researcher)
        return readings

    monkeypatch.setattr(mining, "_read", read_then_withdraw)
    mine(project)
    assert not UserWish.objects.exists()
    assert not Signal.objects.exists()


def test_what_is_withdrawn_while_pairs_are_built_leaves_no_evidence(project, researcher, monkeypatch):
    conversation = make_conversation(project, COMPLAINT)
    mine(project)
    mined_of = mined._mined

    def mined_then_withdrawn(*arguments):
        found = mined_of(*arguments)
        withdraw_conversation(conversation=conversation, actor=researcher)
        return found

    monkeypatch.setattr(mined, "_mined", mined_then_withdrawn)
    assert build(project)["pairs"] == 0
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("moment", ["archived_at", "withdrawn_at"])
def test_signals_of_what_was_taken_out_are_neither_listed_counted_nor_paired(project, moment):
    make_conversation(project, COMPLAINT)
    mine(project)
    Conversation.objects.update(**{moment: timezone.now()})
    assert not signal_page(project).quotes
    assert sum(entry.count for entry in criterion_counts(project)) == 0
    assert mining_funnel(project).signals == 0
    assert build(project)["candidates"] == 0


def test_praise_that_a_person_corrects_to_a_complaint_builds_pairs(project, researcher):
    conversation = make_conversation(project, COMPLAINT)
    mine(project)
    Signal.objects.filter(message__position=2).exclude(criterion="Factual_Error").delete()
    Signal.objects.filter(message__position=2).update(polarity="sat", criterion="Gratitude")
    signal = Signal.objects.get(message=conversation.messages.get(position=2))
    review(signal, researcher, "corrected", "Factual_Error")
    assert build(project)["pairs"] == 1


def test_bad_answers_alone_become_scores_with_their_evidence_once(project):
    make_conversation(project, COMPLAINT)
    mine(project)
    assert build(project, "negative_only")["answers"] == 1
    assert build(project, "negative_only")["answers"] == 0
    score = Score.objects.get(scorer__name="negative_only")
    assert -1 <= score.value < -0.5
    assert score.response.evidence.get().kind == Evidence.Kind.COMPLAINT


def test_a_cancelled_run_keeps_what_it_did_and_goes_on_when_resumed(project, researcher, monkeypatch):
    monkeypatch.setattr(mining, "BATCH_MESSAGES", 2)
    monkeypatch.setattr(jobs, "REPORT_EVERY_SECONDS", 0.0)
    for _ in range(4):
        make_conversation(project, COMPLAINT)
    job, read = open_mining(project=project, detector="phrases"), mining._read

    def cancelled(detector, batch):
        jobs.request_job_cancel(job=Job.objects.get(pk=job.pk), actor=researcher)
        return read(detector, batch)

    monkeypatch.setattr(mining, "_read", cancelled)
    assert run_mining(job_id=job.pk).state == "cancelled"
    assert Signal.objects.values("message__conversation").distinct().count() == 1
    monkeypatch.setattr(mining, "_read", read)
    resume_job(job=Job.objects.get(pk=job.pk), actor=researcher)
    done = run_mining(job_id=job.pk)
    # As a run in one go says it.
    assert (done.state, done.result["user_messages"]) == (
        "succeeded",
        4 * sum(role == "user" for role, _ in COMPLAINT),
    )
    assert Signal.objects.values("message__conversation").distinct().count() == 4


def test_a_complaint_that_is_divided_among_criteria_is_a_signal(project, monkeypatch):
    divided = [Finding("Style", 0.44, 0, 4), Finding("Ignored", 0.45, 0, 4)]
    monkeypatch.setattr(mining, "detect", lambda _detector, contexts: [divided for _ in contexts])
    make_conversation(project, COMPLAINT[:3])
    mine(project)
    signal = Signal.objects.get()
    score = Score.objects.get(scorer__name="phrases: dsat")
    assert signal.criterion == "Ignored"
    assert signal.probability == pytest.approx(score.value, abs=1e-3)


def test_what_a_person_marked_by_mistake_can_be_taken_back(project, researcher):
    conversation = make_conversation(project, [*PLAIN[:2], ("user", "Nonsense.")])
    message = conversation.messages.get(position=2)
    found = []
    for verdict in (
        SignalVerdict(verdict="missed", criterion="Style"),
        SignalVerdict(verdict="nothing"),
        SignalVerdict(verdict="missed", criterion="Ignored"),
    ):
        record_signal_review(message=message, reviewer=researcher, verdict=verdict)
        said = findings_by_message(project, conversation_ids=[conversation.pk])
        found.append([each.criterion for each in said.get(message.pk, [])])
    assert found == [["Style"], [], ["Ignored"]]


def test_what_no_run_can_read_is_tried_three_times(project, monkeypatch):
    conversations = [make_conversation(project, COMPLAINT) for _ in range(3)]
    unreadable = str(conversations[1].uuid)

    def detect(_detector, contexts):
        return [None if each.conversation == unreadable else [] for each in contexts]

    monkeypatch.setattr(mining, "detect", detect)
    # Each run begins with the whole conversation that was not read, and what came after it.
    assert [mine(project)["user_messages"] for _ in range(5)] == [9, 6, 6, 0, 0]
