"""Jobs: the row is the truth and the queue only a bell, which may be lost, doubled or late."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from curation.domain.errors import HarkenError, JobLostError
from curation.domain.work.job_states import (
    JOB_TRANSITIONS,
    JobState,
    JobTransitionError,
    check_job_transition,
)
from curation.models import AuditEvent, Heartbeat, Job, Project, User
from curation.queries.work.jobs import is_worker_missing
from curation.services.work import jobs
from curation.services.work.jobs import (
    CLAIMS_ALLOWED,
    JobProgress,
    claim_job,
    open_job,
    request_job_cancel,
    resume_job,
    ring_waiting_jobs,
    run_job,
)
from tests.cast import make_project


@pytest.fixture
def job(project: Project) -> Job:
    """A job that waits."""
    return open_job(project=project, kind="mining", task_name="test.work", unit="messages")


def done(job: Job, work: Callable[[JobProgress], dict[str, Any]]) -> Job:
    ended = run_job(job_id=job.pk, work=work)
    assert ended is not None
    return ended


def nothing(_progress: JobProgress) -> dict[str, Any]:
    return {"done": True}


def fails(_progress: JobProgress) -> dict[str, Any]:
    message = "The file is gone. Upload it again."
    raise HarkenError(message)


def test_a_finished_job_keeps_its_result_and_leaves_one_event(job: Job) -> None:
    ended = done(job, nothing)
    assert (ended.state, ended.result, ended.lease_expires_at) == ("succeeded", {"done": True}, None)
    assert AuditEvent.objects.filter(target_uuid=job.uuid).count() == 1


def test_a_job_that_was_lost_meanwhile_leaves_no_event(job: Job) -> None:
    def taken_over(_progress: JobProgress) -> dict[str, Any]:
        Job.objects.filter(pk=job.pk).update(fence=99)
        return {}

    done(job, taken_over)
    assert not AuditEvent.objects.filter(target_uuid=job.uuid).exists()


def test_a_doubled_bell_does_nothing(job: Job) -> None:
    assert claim_job(job_id=job.pk) is not None
    assert claim_job(job_id=job.pk) is None
    assert run_job(job_id=job.pk, work=nothing) is None


def test_an_error_for_people_becomes_the_job_s_sentence(job: Job) -> None:
    assert done(job, fails).error_sentence == "The file is gone. Upload it again."


def test_an_unexpected_error_names_its_kind_and_nothing_else(job: Job) -> None:
    def breaks(_progress: JobProgress) -> dict[str, Any]:
        return {"result": _progress.job.arguments["absent"]}

    with pytest.raises(KeyError):
        run_job(job_id=job.pk, work=breaks)
    job.refresh_from_db()
    assert (job.state, "KeyError" in job.error_sentence) == ("failed", True)
    assert "absent" not in job.error_sentence


def test_an_interrupted_command_leaves_its_job_to_be_resumed(job: Job) -> None:
    def interrupted(_progress: JobProgress) -> dict[str, Any]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_job(job_id=job.pk, work=interrupted)
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


@pytest.mark.parametrize("error", [KeyboardInterrupt, HarkenError])
def test_what_was_kept_outlasts_an_interrupted_end(job: Job, error: type[BaseException]) -> None:
    def keeps(progress: JobProgress) -> dict[str, Any]:
        progress.keep({"made": 1})
        raise error

    with suppress(KeyboardInterrupt):
        run_job(job_id=job.pk, work=keeps)
    job.refresh_from_db()
    assert (job.is_finished, job.result) == (True, {"made": 1})


def test_the_end_of_a_job_does_not_write_back_what_was_taken_from_its_result(job: Job) -> None:
    def keeps(progress: JobProgress) -> dict[str, Any]:
        progress.keep({"file": "a", "rows": 1})
        Job.objects.filter(pk=job.pk).update(result={"rows": 1})
        return {"file": "a", "rows": 1}

    assert done(job, keeps).result == {"rows": 1}


def test_a_waiting_job_is_cancelled_at_once(job: Job, researcher: User) -> None:
    request_job_cancel(job=job, actor=researcher)
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    assert claim_job(job_id=job.pk) is None


def test_a_running_job_stops_at_its_next_report(job: Job, researcher: User) -> None:
    def work(progress: JobProgress) -> dict[str, Any]:
        request_job_cancel(job=progress.job, actor=researcher)
        progress.report(1, total=2, now=True)
        return {}

    assert done(job, work).state == JobState.CANCELLED


def test_a_failed_job_may_be_tried_again(job: Job, researcher: User) -> None:
    resume_job(job=done(job, fails), actor=researcher)
    assert done(job, nothing).state == JobState.SUCCEEDED


def test_a_job_that_succeeded_is_not_resumed(job: Job, researcher: User) -> None:
    with pytest.raises(JobTransitionError):
        resume_job(job=done(job, nothing), actor=researcher)


def test_the_sweep_rings_again_for_a_job_whose_worker_died(job: Job) -> None:
    claim_job(job_id=job.pk)
    assert ring_waiting_jobs(now=timezone.now() + timedelta(minutes=5)) == 1
    job.refresh_from_db()
    assert (job.state, job.lease_expires_at) == ("queued", None)


def test_a_worker_that_was_thought_dead_writes_nothing_more(job: Job) -> None:
    first = claim_job(job_id=job.pk)
    assert first is not None
    ring_waiting_jobs(now=timezone.now() + timedelta(minutes=5))
    claim_job(job_id=job.pk)
    for write in (lambda held: held.report(1, now=True), lambda held: held.keep({"late": True})):
        with pytest.raises(JobLostError):
            write(JobProgress(first))
    job.refresh_from_db()
    assert job.result == {}


def test_a_step_longer_than_a_lease_does_not_lose_the_job(
    committed_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=0.2))
    monkeypatch.setattr(jobs, "RENEW_EVERY_SECONDS", 0.02)
    job = open_job(project=make_project("long"), kind="mining", task_name="test.work")

    def one_long_step(progress: JobProgress) -> dict[str, Any]:
        claimed_until = progress.job.lease_expires_at
        assert claimed_until is not None
        while timezone.now() < claimed_until + timedelta(seconds=0.2):
            ring_waiting_jobs()
        return {}

    assert done(job, one_long_step).state == JobState.SUCCEEDED


def test_the_sweep_does_not_wait_for_a_job_that_is_being_reported_on(committed_db: None) -> None:
    job = claim_job(job_id=open_job(project=make_project("busy"), kind="mining", task_name="test.work").pk)
    assert job is not None
    with transaction.atomic(), ThreadPoolExecutor(max_workers=1) as elsewhere:
        JobProgress(job).report(1, now=True)
        assert elsewhere.submit(swept_later).result(timeout=5) == 0


def swept_later() -> int:
    try:
        return ring_waiting_jobs(now=timezone.now() + timedelta(minutes=5))
    finally:
        connection.close()


def test_a_job_that_loses_its_worker_again_and_again_fails_with_a_sentence(job: Job) -> None:
    for _try in range(CLAIMS_ALLOWED):
        assert claim_job(job_id=job.pk) is not None
        ring_waiting_jobs(now=timezone.now() + timedelta(minutes=5))
    job.refresh_from_db()
    assert (job.state, "5 times" in job.error_sentence) == (JobState.FAILED, True)


def test_a_cancelled_job_whose_worker_died_is_not_begun_again(job: Job, researcher: User) -> None:
    claim_job(job_id=job.pk)
    request_job_cancel(job=job, actor=researcher)
    ring_waiting_jobs(now=timezone.now() + timedelta(minutes=5))
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


@pytest.mark.parametrize("current", list(JobState))
@pytest.mark.parametrize("wanted", list(JobState))
def test_only_the_steps_of_the_table_are_taken(current: JobState, wanted: JobState) -> None:
    if wanted in JOB_TRANSITIONS[current]:
        check_job_transition(current, wanted)
    else:
        with pytest.raises(JobTransitionError):
            check_job_transition(current, wanted)


# Screens --------------------------------------------------------------------------------------------


def progress_page(client: Client, job: Job) -> Any:
    return client.get(reverse("curation:job_progress", args=[job.project.slug, job.uuid]))


def test_progress_asks_again_until_the_job_has_ended(
    job: Job, researcher: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(researcher)
    assert "every 1s" in progress_page(client, job).content.decode()
    done(job, nothing)
    ended = progress_page(client, job)
    assert "every 1s" not in ended.content.decode()
    assert "jobFinished" in ended["HX-Trigger"]


def test_a_job_that_no_worker_takes_says_which_command_helps(
    job: Job, researcher: User, client_of: Callable[[User], Client]
) -> None:
    assert is_worker_missing(job)
    assert "make run" in progress_page(client_of(researcher), job).content.decode()
    Heartbeat.objects.create(name="worker:default", seen_at=timezone.now())
    assert not is_worker_missing(job)


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_a_button_leads_back_to_pages_of_ours_alone(
    job: Job, researcher: User, client_of: Callable[[User], Client], wanted: str
) -> None:
    address = reverse("curation:job_cancel", args=[job.project.slug, job.uuid])
    response = client_of(researcher).post(address, {"next": wanted})
    assert response["Location"] == reverse("curation:job_list", args=[job.project.slug])


def test_a_page_to_return_to_is_an_address_and_no_name_of_a_route(
    job: Job, researcher: User, client_of: Callable[[User], Client]
) -> None:
    address = reverse("curation:job_cancel", args=[job.project.slug, job.uuid])
    assert client_of(researcher).post(address, {"next": "nonsense"})["Location"] == "nonsense"


def test_a_second_press_of_resume_is_harmless(
    job: Job, researcher: User, client_of: Callable[[User], Client]
) -> None:
    done(job, fails)
    address = reverse("curation:job_resume", args=[job.project.slug, job.uuid])
    client = client_of(researcher)
    assert [client.post(address).status_code for _ in range(2)] == [302, 302]
