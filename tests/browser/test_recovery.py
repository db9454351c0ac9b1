"""Killed workers: what they did goes on where it was, is done once, and leaves no process."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.chat_logs import STORIES, write_chat_log
from tests.browser.people import OpenPage
from tests.browser.served import Served, await_truth, procfile, trainers

CHECKPOINT_EVERY = 20
STEPS = 300
TRAINING_MS = 180_000


@pytest.fixture
def workers_again(served: Served) -> Iterator[None]:
    """Leave the other tests an instance with both workers."""
    yield
    for name in {"worker", "training"} - set(served.services):
        served.start(name)


@pytest.fixture
def running(served: Served, project: str, tmp_path: Path) -> str:
    """The id of a run that has left a checkpoint and is not near its end."""
    log = write_chat_log(tmp_path / "log.jsonl", STORIES)
    served.stage("mined_queue", project=project, chat_log=str(log))
    version = served.stage("frozen_version", project=project)
    settings = {"max_steps": STEPS, "checkpoint_every": CHECKPOINT_EVERY, "batch_size": 2}
    uuid = str(served.stage("queued_run", project=project, version=version, settings=settings))

    def has_checkpoint() -> bool:
        run = served.stage("run_state", uuid=uuid)
        return bool(run["state"] == "running" and run["step"] > CHECKPOINT_EVERY)

    await_truth(has_checkpoint, what=lambda: str(served.stage("run_state", uuid=uuid)), seconds=120)
    return uuid


@pytest.mark.slow
@pytest.mark.usefixtures("workers_again")
def test_a_run_survives_the_death_of_its_worker(
    served: Served, page_of: OpenPage, project: str, running: str
) -> None:
    served.kill("training")
    await_truth(lambda: not trainers(served), what=lambda: f"the end of {trainers(served)}", seconds=60)
    served.stage("minute_without_training_worker")
    missing = served.health()["services"]["worker:training"]
    assert not missing["running"]
    assert missing["start_with"] in procfile()["training"]
    page = page_of("admin")
    page.goto(f"/p/{project}/training/{running}/")
    expect(page.locator("#status-strip")).to_contain_text("The training worker is not running")
    expect(page.get_by_text("No training worker runs at the moment")).to_be_visible()
    served.start("training")
    progress = page.get_by_role("region", name="Progress")
    expect(progress.get_by_text("succeeded", exact=True)).to_be_visible(timeout=TRAINING_MS)
    run = served.stage("run_state", uuid=running)
    assert run["endings"] == ["lost", "finished"]
    assert run["resumed_from"][1] >= CHECKPOINT_EVERY
    assert run["evaluations"] == 1
    await_truth(lambda: not trainers(served), what=lambda: f"the end of {trainers(served)}", seconds=30)


@pytest.mark.slow
@pytest.mark.usefixtures("workers_again")
def test_an_import_survives_the_death_of_its_worker(
    served: Served, page_of: OpenPage, project: str, tmp_path: Path
) -> None:
    stories = [
        story._replace(question=f"{story.question} ({number})") for number in range(700) for story in STORIES
    ]
    log = write_chat_log(tmp_path / "long.jsonl", stories)
    uuid = str(served.stage("import_of", project=project, chat_log=str(log)))

    def state() -> dict[str, Any]:
        return dict(served.stage("import_state", uuid=uuid))

    await_truth(lambda: state()["imported"] > 0, what=lambda: str(state()), seconds=60)
    served.kill("worker")
    assert state()["state"] == "running"
    served.stage("minute_without_worker")
    page = page_of("researcher")
    page.goto(f"/p/{project}/")
    expect(page.locator("#status-strip")).to_contain_text("The worker is not running")
    served.start("worker")
    await_truth(lambda: state()["state"] == "succeeded", what=lambda: str(state()), seconds=120)
    assert state()["conversations"] == len(stories)
    assert state()["imported"] == len(stories)
