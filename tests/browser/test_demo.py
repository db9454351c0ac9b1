"""The demo, live: the main job runs, and its home shows what becomes of it without a reload."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import OpenPage
from tests.browser.served import await_truth

LIVE_MS = 240_000
STAGES = ("conversations", "signals", "pairs", "confirmed by people", "rows in preferences@1", "training run")


@pytest.mark.usefixtures("main_job")
def test_the_home_follows_the_main_job_from_the_first_conversation_to_the_trained_adapter(
    page_of: OpenPage,
) -> None:
    page = page_of("admin")
    await_truth(
        lambda: page.request.get("/p/demo/").status == 200, what=lambda: "the demo's home", seconds=60
    )
    page.goto("/p/demo/")
    funnel = page.get_by_role("region", name="From conversations to a model")
    for stage in STAGES:
        expect(funnel).to_contain_text(re.compile(rf"[1-9]\d* {stage}"), timeout=LIVE_MS)
    expect(page.get_by_role("region", name="One true story")).to_contain_text("Rejected")
    expect(page.get_by_role("link", name="Download preferences-1.jsonl")).to_be_visible(timeout=LIVE_MS)
    training = page.get_by_role("region", name="Training", exact=True)
    expect(training.get_by_text("succeeded", exact=True)).to_be_visible(timeout=LIVE_MS)
    expect(training).to_contain_text("this proves the pipeline, not quality")


def test_the_home_states_how_well_the_detectors_do(demo: str, page_of: OpenPage) -> None:
    page = page_of("researcher")
    page.goto(f"/p/{demo}/")
    measured = page.get_by_role("region", name="How well the detectors do on this corpus")
    expect(measured.get_by_role("row")).to_have_count(5)
    expect(page.get_by_text(re.compile(r"People confirmed \d+ % of the mined pairs"))).to_be_visible()


def test_the_question_under_the_story_can_be_answered_at_once(demo: str, page_of: OpenPage) -> None:
    page = page_of("researcher")
    page.goto(f"/p/{demo}/")
    page.get_by_role("button", name="Yes, it is better").click()
    expect(page.get_by_text("your answer is kept apart from the blind verdicts")).to_be_visible()
