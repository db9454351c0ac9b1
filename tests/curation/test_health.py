"""What runs, what does not, and which command starts it."""

import asyncio
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, DjangoDbBlocker, Settings

from curation.dispatch import WORKER_QUEUES
from curation.models import Heartbeat, Job, Project, User
from curation.queries.work.health import BEATING, MIGRATIONS, SERVICES, Service
from curation.services.work.health import ask_workers_to_beat, beat
from curation.services.work.jobs import claim_job, open_job
from curation.tasks import beat as beat_task
from language_models.embedders.fake import FakeEmbedder
from language_models.embedders.server import EmbedderServer, listen


async def serve_until(stopped: threading.Event, *, path: Path) -> None:
    with listen(path) as listener:
        serving = asyncio.create_task(EmbedderServer(FakeEmbedder()).serve(listener))
        while not stopped.is_set():
            await asyncio.sleep(0.01)
        serving.cancel()


@pytest.fixture
def embedder(settings: Settings) -> Iterator[None]:
    """The real embedder's server over words instead of a model."""
    with tempfile.TemporaryDirectory(prefix="harken-") as folder:
        settings.HARKEN_EMBEDDER_SOCKET = f"{folder}/e.sock"
        stopped = threading.Event()
        serve = partial(asyncio.run, serve_until(stopped, path=Path(settings.HARKEN_EMBEDDER_SOCKET)))
        server = threading.Thread(target=serve)
        server.start()
        while not Path(settings.HARKEN_EMBEDDER_SOCKET).exists():
            time.sleep(0.005)
        yield
        stopped.set()
        server.join()


@pytest.fixture
def everything_runs(db: None, embedder: None) -> None:
    """All heartbeats are fresh."""
    cache.clear()
    for service in BEATING:
        beat(name=service.name)


def missing(client: Client, address: str = "/healthz") -> set[str]:
    services = client.get(address).json()["services"]
    return {name for name, state in services.items() if not state["running"]}


def test_all_is_well_when_everything_runs(client: Client, everything_runs: None) -> None:
    assert client.get("/healthz").status_code == 200


def test_each_part_is_reported(client: Client, everything_runs: None) -> None:
    assert set(client.get("/healthz").json()["services"]) == {service.name for service in SERVICES}


@pytest.mark.parametrize("service", BEATING, ids=lambda service: service.name)
def test_a_part_that_is_silent_for_a_minute_is_missing(
    client: Client, everything_runs: None, service: Service
) -> None:
    Heartbeat.objects.filter(name=service.name).update(seen_at=timezone.now() - timedelta(seconds=61))
    assert missing(client) == {service.name}
    assert client.get("/healthz").status_code == 503


def test_an_absent_embedder_is_missing(client: Client, everything_runs: None, settings: Settings) -> None:
    settings.HARKEN_EMBEDDER_SOCKET = "/nonexistent/e.sock"
    assert missing(client) == {"embedder"}


def test_the_web_alone_is_well_without_any_worker(client: Client, db: None) -> None:
    cache.clear()
    assert client.get("/healthz?of=web").status_code == 200


def test_health_names_no_project(client: Client, project: Project) -> None:
    assert project.slug not in client.get("/healthz").content.decode()


def test_a_worker_deep_in_a_job_counts_as_running(
    client: Client, project: Project, everything_runs: None
) -> None:
    Heartbeat.objects.filter(name="worker:default").delete()
    claim_job(job_id=open_job(project=project, kind="import", task_name="t").pk)
    assert missing(client) == set()


def test_a_job_whose_lease_ran_out_proves_nothing(
    client: Client, project: Project, everything_runs: None
) -> None:
    Heartbeat.objects.filter(name="worker:default").delete()
    claim_job(job_id=open_job(project=project, kind="import", task_name="t").pk)
    Job.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert missing(client) == {"worker:default"}


def test_the_strip_names_the_command_that_starts_what_is_missing(
    annotator: User, client_of: Callable[[User], Client], everything_runs: None
) -> None:
    Heartbeat.objects.filter(name="sweep").delete()
    assert "manage.py sweep" in client_of(annotator).get("/status/").content.decode()


def test_the_strip_is_calm_when_everything_runs(
    annotator: User, client_of: Callable[[User], Client], everything_runs: None
) -> None:
    page = client_of(annotator).get("/status/").content.decode()
    assert "All services run" in page
    assert "every 15s" in page


def test_the_task_beats_for_the_queue_it_came_by(db: None) -> None:
    beat_task(answering="training", something_newer=True)
    assert Heartbeat.objects.filter(name="worker:training").exists()


def test_the_strip_is_not_sent_again_while_nothing_changes(
    annotator: User, client_of: Callable[[User], Client], everything_runs: None
) -> None:
    Heartbeat.objects.filter(name="sweep").delete()
    browser = client_of(annotator)
    assert [browser.get(f"/status/?shown={names}").status_code for names in ("sweep", "none", "")] == [
        204,
        200,
        200,
    ]


@pytest.mark.parametrize(
    "service", [one for one in SERVICES if one != MIGRATIONS], ids=lambda service: service.name
)
def test_the_command_that_is_named_is_the_one_of_the_procfile(service: Service) -> None:
    assert service.command in (settings.ROOT / "Procfile").read_text()


def bells(capture: DjangoCaptureOnCommitCallbacks, *, after: float = 0) -> int:
    """Return how many questions are sent, so many seconds from now."""
    with capture() as callbacks:
        ask_workers_to_beat(now=timezone.now() + timedelta(seconds=after))
    return len(callbacks)


def test_an_unanswered_question_is_not_repeated_soon(
    db: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    asked = [bells(django_capture_on_commit_callbacks, after=seconds) for seconds in (0, 20, 200)]
    assert asked == [len(WORKER_QUEUES), 0, 0]


def test_a_worker_that_answered_is_asked_again_after_a_while(
    db: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    bells(django_capture_on_commit_callbacks)
    beat(name="worker:default")
    assert [bells(django_capture_on_commit_callbacks, after=seconds) for seconds in (5, 16)] == [0, 1]


def test_a_question_that_was_lost_is_asked_again(
    db: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    bells(django_capture_on_commit_callbacks)
    assert bells(django_capture_on_commit_callbacks, after=301) == len(WORKER_QUEUES)


def test_health_answers_when_the_database_does_not(
    client: Client, django_db_setup: None, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with django_db_blocker.unblock():
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "HOST", "/nonexistent")
        assert {"database", "migrations"} <= missing(client)
        connection.close()
