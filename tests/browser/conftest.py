"""One served instance, one browser and one cast for all browser tests; a fresh window and project for each."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect, sync_playwright

from tests.browser.chromium import find_chromium
from tests.browser.people import PASSWORD, PROJECTS, OpenPage, signed_in_state
from tests.browser.served import Served, await_truth, served_instance
from tests.browser.watching import Watch

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# Pages answer in milliseconds; a machine that is busy with the other tests may take its time.
PATIENCE_MS = 15_000
# The main job takes about half a minute on a quiet machine of two cores.
DEMO_SECONDS = 300
NO_BROWSER = "NO BROWSER: no Chromium runs on this machine, so the browser tests are skipped."


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder."""
    for item in items:
        if item.path.is_relative_to(__file__.rsplit("/", 1)[0]):
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Add the last words of each service to the report of a failure."""
    report = yield
    served = getattr(item, "funcargs", {}).get("served")
    if report.failed and served is not None:
        report.sections += [
            (f"log of {path.stem}", served.last_words(path.stem)) for path in served.logs.glob("*.log")
        ]
    return report


# Of the package and not of the session: a running browser holds an event loop, under which Django refuses
# to touch the database, and the tests after these ones need theirs.
@pytest.fixture(scope="package")
def served() -> Iterator[Served]:
    """The instance that every browser test shares."""
    if find_chromium() is None:
        pytest.skip(NO_BROWSER)
    with served_instance() as instance:
        instance.stage("cast", projects=PROJECTS, password=PASSWORD)
        yield instance


@pytest.fixture(scope="package")
def main_job(served: Served) -> None:
    """Start the main job on the demo project, as `make demo` does, and do not wait for it."""
    served.start("demo")


@pytest.fixture(scope="package")
def demo(served: Served, main_job: None) -> str:
    """The slug of the demo project, once the main job is through."""

    def is_through() -> bool:
        assert served.services["demo"].poll() is None, served.last_words("demo")
        return "evaluation" in served.last_words("demo", count=6000)

    await_truth(is_through, what=lambda: f"the main job: {served.last_words('demo')}", seconds=DEMO_SECONDS)
    return "demo"


@pytest.fixture(scope="package")
def chromium(served: Served) -> Iterator[Browser]:
    """The browser."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find_chromium()), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def sessions() -> dict[str, StorageState]:
    """The sessions of the people who signed in once."""
    return {}


@pytest.fixture(scope="package")
def unused_projects() -> Iterator[str]:
    """The projects that no test has touched."""
    return iter(PROJECTS)


@pytest.fixture
def project(unused_projects: Iterator[str]) -> str:
    """The slug of a project of this test's own."""
    return next(unused_projects)


@pytest.fixture
def failing_requests() -> None:
    """For a test whose requests are refused or do not arrive."""


@pytest.fixture
def new_page(served: Served, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """Return a function that opens a page in a context of its own; the test fails for whatever it does wrong."""
    contexts, watches = [], []

    def open_page(**options: Any) -> Page:
        context = chromium.new_context(base_url=served.address, **options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        watches.append(Watch(context, address=served.address))
        return context.new_page()

    yield open_page
    for context, watch in zip(contexts, watches, strict=True):
        context.close()
        if "failing_requests" in request.fixturenames:
            watch.forget_failed_requests()
    assert [fault for watch in watches for fault in watch.faults] == []


@pytest.fixture
def page_of(new_page: OpenPage, sessions: dict[str, StorageState]) -> OpenPage:
    """Return a function that opens a page of somebody of the cast, signed in."""

    def open_page(name: str, **options: Any) -> Page:
        if name not in sessions:
            sessions[name] = signed_in_state(new_page(), name)
        return new_page(storage_state=sessions[name], **options)

    return open_page
