"""A killed training worker: the same run goes on from its checkpoint, succeeds once, and leaves no process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.chat_logs import STORIES, write_chat_log
from tests.browser.people import OpenPage
from tests.browser.served import Served, await_truth, procfile, trainers

CHECKPOINT_EVERY = 20
STEPS = 300
TRAINING_MS = 180_000


@pytest.fixture
def training_again(served: Served) -> Iterator[None]:
    """Leave the other tests an instance with a training worker."""
    yield
    if "training" not in served.services:
        served.start("training")


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
@pytest.mark.usefixtures("training_again")
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
