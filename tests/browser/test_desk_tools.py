"""What lies beside a task: the guideline, the undo that comes with a saved answer, flags, keys, and room to read."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import OpenPage
from tests.browser.served import Served
from tests.browser.survey import ALL_RULES, PHONE, broken_rules, problems_on_a_phone, show
from tests.browser.watching import wait_for_htmx

OpenQueue = Callable[..., Page]
KEYS_ON_BUTTONS = """
() => [...document.querySelectorAll("[data-desk] :is([data-key], [data-open-key])")]
  .filter((each) => each.checkVisibility())
  .map((each) => each.dataset.key || each.dataset.openKey)
"""
LEFT_EDGE = "(element) => element.getBoundingClientRect().left"


@pytest.fixture
def queue(served: Served, page_of: OpenPage, project: str) -> OpenQueue:
    """Return a function that opens the desk of a new queue of a protocol, as an annotator."""

    def open_queue(protocol: str, **details: object) -> Page:
        page = page_of("annotator")
        page.goto(served.stage("protocol_queue", project=project, protocol=protocol, **details))
        wait_for_htmx(page)
        return page

    return open_queue


def test_the_guideline_is_in_view_at_first_and_stays_as_one_left_it(queue: OpenQueue) -> None:
    page = queue("rating")
    guideline = page.locator("details.guideline")
    expect(guideline).to_have_attribute("open", "")
    page.keyboard.press("g")
    expect(guideline).not_to_have_attribute("open", "")
    page.keyboard.press("5")
    expect(page.locator(".toasts")).to_contain_text("Saved.")
    expect(guideline).not_to_have_attribute("open", "")
    page.keyboard.press("g")
    page.keyboard.press("u")
    expect(page.locator(".toasts")).to_contain_text("Taken back.")
    expect(guideline).to_have_attribute("open", "")


def test_a_saved_answer_is_taken_back_by_the_button_beside_its_notice(queue: OpenQueue) -> None:
    page = queue("rating")
    page.get_by_role("button", name="half of what was asked").click()
    page.locator(".toasts").get_by_role("button", name="Take it back").click()
    expect(page.locator(".toasts")).to_contain_text("Taken back.")
    expect(page.get_by_text("0 by you")).to_be_visible()


def test_a_text_is_flagged_by_keyboard_and_the_task_stays(queue: OpenQueue) -> None:
    page = queue("pairwise")
    task = page.locator("article[id^=task-]").get_attribute("id")
    page.keyboard.press("f")
    expect(page.get_by_role("button", name="Personal data")).to_be_focused()
    show(page, "desk_flag")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".toasts")).to_contain_text("Flagged.")
    expect(page.get_by_text("This conversation was flagged: content:unsafe.")).to_be_visible()
    assert page.locator("article[id^=task-]").get_attribute("id") == task
    page.keyboard.press("f")
    page.get_by_role("button", name="Take my flags back").click()
    expect(page.get_by_text("This conversation was flagged")).to_have_count(0)
    page.keyboard.press("f")
    assert broken_rules(page, ALL_RULES) == []


@pytest.mark.parametrize(
    ("protocol", "settings"), [("pairwise", {"strength": "on", "reasons": "on"}), ("first_wrong_step", {})]
)
def test_every_key_on_a_button_is_in_the_list_of_keys(
    queue: OpenQueue, protocol: str, settings: dict[str, str]
) -> None:
    page = queue(protocol, settings=settings)
    on_buttons = {key.lower() for key in page.evaluate(KEYS_ON_BUTTONS) if not key.isdigit()}
    page.keyboard.press("?")
    listed = {words.strip().lower() for words in page.locator(".key-list kbd").all_inner_texts()}
    assert on_buttons - listed == set()
    page.set_viewport_size(PHONE)
    assert problems_on_a_phone(page) == []


@pytest.mark.parametrize("protocol", ["attributes", "critique", "signal_review"])
def test_what_is_asked_of_one_answer_stands_beside_it_where_there_is_room(
    queue: OpenQueue, protocol: str
) -> None:
    page = queue(protocol)
    page.set_viewport_size({"width": 1280, "height": 800})
    text, form = page.locator(".beside .prose").first, page.locator("form[data-main]")
    assert form.evaluate(LEFT_EDGE) > text.evaluate(LEFT_EDGE) + 300
    show(page, f"desk_beside_{protocol}")
    page.set_viewport_size(PHONE)
    assert form.evaluate(LEFT_EDGE) < text.evaluate(LEFT_EDGE) + 300


def test_one_s_own_answers_fit_a_phone_with_their_change(queue: OpenQueue) -> None:
    page = queue("rating")
    page.keyboard.press("5")
    expect(page.locator(".toasts")).to_contain_text("Saved.")
    page.get_by_role("link", name="My answers").click()
    page.set_viewport_size(PHONE)
    change = page.get_by_role("link", name="Change").bounding_box()
    assert change
    assert change["x"] + change["width"] <= PHONE["width"]
    assert broken_rules(page, ALL_RULES) + problems_on_a_phone(page) == []


def test_a_notice_is_read_by_all(queue: OpenQueue, project: str) -> None:
    page = queue("rating")
    page.goto(f"/p/{project}/judge/settings/")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").get_by_text("Your desk is set.")).to_be_visible()
    assert broken_rules(page, ALL_RULES) == []
