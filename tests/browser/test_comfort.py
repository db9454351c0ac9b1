"""A day at the desk: flagged text stays veiled, a pause is proposed, and texts are laid out as one reads best."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import OpenPage
from tests.browser.served import Served
from tests.browser.survey import ALL_RULES, CONTRAST, PHONE, broken_rules, problems_on_a_phone
from tests.browser.watching import wait_for_htmx

LEFT = "Boil it for six minutes, then put it into cold water."
RIGHT = "Boil it for nine minutes, then put it into a warm pan."
FILTER = "(text) => getComputedStyle(text).filter"
OpenDesk = Callable[..., Page]


@pytest.fixture
def desk(served: Served, page_of: OpenPage, project: str) -> OpenDesk:
    """Return a function that opens the desk of a new queue of pairs, as an annotator."""

    def open_desk(**details: object) -> Page:
        page = page_of("annotator")
        page.goto(served.stage("protocol_queue", project=project, protocol="pairwise", **details))
        wait_for_htmx(page)
        return page

    return open_desk


@pytest.fixture
def prefer(page_of: OpenPage, project: str) -> Iterator[Callable[..., None]]:
    """Return a function that sets the annotator's preferences; afterwards they are the usual ones."""

    def choose(*, layout: str = "side by side", text_size: str = "normal") -> None:
        page = page_of("annotator")
        page.goto(f"/p/{project}/judge/settings/")
        page.locator("#id_layout").select_option(label=layout)
        page.locator("#id_text_size").select_option(label=text_size)
        page.get_by_role("button", name="Save").click()

    yield choose
    choose()


def test_flagged_text_is_veiled_until_it_is_asked_for(desk: OpenDesk) -> None:
    page = desk(flag="content:violence")
    veil = page.locator(".veiled")
    assert "blur" in veil.locator(".answer .prose").first.evaluate(FILTER)
    assert veil.locator(".guideline .prose").evaluate(FILTER) == "none"
    assert broken_rules(page, ALL_RULES) == []
    page.keyboard.press("b")
    expect(veil).to_have_count(0)
    expect(page.get_by_text("This conversation was flagged")).to_have_count(0)


def test_a_pause_is_proposed_after_a_long_sitting_and_not_again_at_once(
    desk: OpenDesk, page_of: OpenPage
) -> None:
    page = page_of("annotator")
    page.clock.install()
    page.goto(desk().url)
    proposal = page.get_by_text("You have worked for a while.")
    for _minute in range(43):
        page.mouse.wheel(0, 1)
        page.clock.run_for(60_000)
    expect(proposal).to_be_hidden()
    page.mouse.wheel(0, 1)
    page.clock.run_for(180_000)
    expect(proposal).to_be_visible()
    page.get_by_role("button", name="I go on").click()
    page.clock.run_for(60_000)
    expect(proposal).to_be_hidden()


def test_two_answers_are_read_as_what_differs_in_larger_letters(
    desk: OpenDesk, prefer: Callable[..., None]
) -> None:
    page = desk(texts=[LEFT, RIGHT])
    usual, address = size_of(page), page.url
    prefer(layout="what differs", text_size="largest")
    page.goto(address)
    assert size_of(page) > usual
    differing = {"six minutes", "cold water", "nine minutes", "a warm pan"}
    marked = " ".join(page.locator(".answer ins, .answer del, .answer mark").all_inner_texts())
    assert {word for words in differing for word in words.split()} >= set(marked.split()) > {"six", "nine"}
    found = broken_rules(page, ALL_RULES)
    page.emulate_media(color_scheme="dark")
    found += broken_rules(page, CONTRAST)
    page.set_viewport_size(PHONE)
    assert found + problems_on_a_phone(page) == []


@pytest.mark.parametrize("protocol", ["pairwise", "ranking", "critique"])
def test_a_conversation_of_a_megabyte_is_judged_without_waiting_for_it(
    served: Served, page_of: OpenPage, project: str, protocol: str
) -> None:
    long = "Boil the egg, and then boil it again. " * 28_000
    page = page_of("annotator")
    texts = [f"{long} One.", f"{long} Two.", "Short."]
    page.goto(served.stage("protocol_queue", project=project, protocol=protocol, texts=texts))
    wait_for_htmx(page)
    page.set_viewport_size(PHONE)
    assert problems_on_a_phone(page) == []


def size_of(page: Page) -> float:
    """Return the size of an answer's letters in pixels."""
    return float(
        page.locator(".answer .prose").first.evaluate("(text) => parseFloat(getComputedStyle(text).fontSize)")
    )
