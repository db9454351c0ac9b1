"""Every protocol at the desk, once by keyboard alone and once by mouse; what is kept is of texts, not of places."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import OpenPage
from tests.browser.protocol_queues import TEXTS
from tests.browser.served import Served
from tests.browser.survey import ALL_RULES, CONTRAST, PHONE, broken_rules, problems_on_a_phone
from tests.browser.watching import wait_for_htmx

BETTER, POOR, VAGUE = TEXTS
OpenQueue = Callable[..., Page]
Given = Callable[[], dict[str, Any]]
ARABIC = "مرحبا، كم دقيقة أسلق البيضة؟ ست دقائق. ثم الماء البارد (مهم)!"


@pytest.fixture
def queue(served: Served, page_of: OpenPage, project: str) -> OpenQueue:
    """Return a function that opens the desk of a new queue of a protocol, as an annotator."""

    def open_queue(protocol: str, **details: Any) -> Page:
        page = page_of("annotator")
        page.goto(served.stage("protocol_queue", project=project, protocol=protocol, **details))
        wait_for_htmx(page)
        return page

    return open_queue


@pytest.fixture
def given(served: Served, project: str) -> Given:
    """Return a function that tells the one answer that was given."""

    def tell() -> dict[str, Any]:
        (answer,) = served.stage("answers_given", project=project)
        assert answer["act"] == "judged"
        return answer

    return tell


@pytest.fixture
def published(served: Served, project: str) -> Given:
    """Return a function that tells what the project's judgements published."""
    return lambda: served.stage("published", project=project)


def send(page: Page, *, by_mouse: bool) -> None:
    """Send the form."""
    if by_mouse:
        page.get_by_role("button", name="Save").click()
    else:
        page.keyboard.press("Control+Enter")


def save(page: Page, *, by_mouse: bool = False) -> None:
    """Send the form and wait until the server has it; an order that chance had right is confirmed."""
    desk = page.locator("[id^=desk-]").element_handle()
    send(page, by_mouse=by_mouse)
    if page.locator("[data-unmoved]:visible").count():
        send(page, by_mouse=by_mouse)
    page.wait_for_function("(desk) => !desk.isConnected", arg=desk)
    wait_for_htmx(page)


def preferred(published: Given) -> set[tuple[str, str, str]]:
    """Return the verdicts from the side of the text that comes first in the alphabet."""
    turned = {"a": "b", "b": "a"}
    return {
        (one, other, outcome) if one < other else (other, one, turned.get(outcome, outcome))
        for one, other, outcome, _strength in published()["verdicts"]
    }


def choose(page: Page, label: str) -> None:
    """Click a choice whose radio button lies under its words."""
    page.locator("label", has=page.get_by_role("radio", name=label)).first.click()


def cards(page: Page) -> list[str]:
    """Return the texts of the answers in the order on the screen."""
    return [text.strip() for text in page.locator(".answer .prose, .ranked-answer .prose").all_inner_texts()]


def letter_of(page: Page, text: str) -> str:
    """Return the letter under which a text is ranked."""
    card = page.locator("[data-answer]", has_text=text)
    return str(card.get_attribute("data-answer"))


# --- two answers ------------------------------------------------------------------------------------------------


def test_pairwise_with_strength_and_reason_by_keyboard(
    queue: OpenQueue, given: Given, published: Given
) -> None:
    page = queue("pairwise", settings={"strength": "1", "reasons": "1"})
    is_better_left = cards(page)[0] == BETTER
    for key in ("]", "]", "]", "[", "5"):
        page.keyboard.press(key)
    expect(page.get_by_role("radio", name="clearly")).to_be_checked()
    desk = page.locator("[id^=desk-]").element_handle()
    page.keyboard.press("1" if is_better_left else "2")
    page.wait_for_function("(desk) => !desk.isConnected", arg=desk)
    assert given()["answer"]["reason"] == "accuracy"
    assert published()["verdicts"] == [[BETTER, POOR, "a", 2]]


def test_pairwise_with_strength_and_reason_by_mouse(queue: OpenQueue, given: Given, published: Given) -> None:
    page = queue("pairwise", settings={"strength": "1", "reasons": "1"})
    side = "A" if cards(page)[0] == POOR else "B"
    choose(page, "by far")
    choose(page, "style")
    choose(page, "style")
    page.get_by_role("button", name=f"{side} is better").click()
    expect(page.get_by_role("heading", name="Nothing is left for you here")).to_be_visible()
    assert "reason" not in given()["answer"]
    assert published()["verdicts"] == [[BETTER, POOR, "b", -3]]


def test_ordered_criteria_by_keyboard(queue: OpenQueue, given: Given, published: Given) -> None:
    page = queue("ordered_criteria")
    better = "1" if cards(page)[0] == BETTER else "2"
    for key in ("3", "3", better):
        page.keyboard.press(key)
    expect(page.locator("[data-row][disabled]")).to_have_count(4)
    save(page)
    assert given()["answer"]["deciding_criterion"] == "correctness"
    assert published()["verdicts"] == [[BETTER, POOR, "a", None]]


def test_ordered_criteria_by_mouse(queue: OpenQueue, given: Given, published: Given) -> None:
    page = queue("ordered_criteria", settings={"criteria": "truth: is it right?\nform: does it read well?"})
    for name in ("truth", "form"):
        row = page.get_by_role("group", name=name)
        row.locator("label", has_text="no difference").click()
    save(page, by_mouse=True)
    assert given()["answer"] == {"choice": "tie", "deciding_criterion": ""}
    assert published()["verdicts"] == [[BETTER, POOR, "tie", None]]


def test_joint_by_keyboard(queue: OpenQueue, given: Given) -> None:
    page = queue("joint")
    expect(page.get_by_text("How many days has a leap year?")).to_be_visible()
    desk = page.locator("[id^=desk-]").element_handle()
    page.keyboard.press("4")
    page.wait_for_function("(desk) => !desk.isConnected", arg=desk)
    assert given()["answer"] == {"choice": "both_bad"}


def test_joint_by_mouse(queue: OpenQueue, published: Given) -> None:
    page = queue("joint")
    leap = page.get_by_role("region", name="Exchange A").get_by_text("366 days.").count()
    page.get_by_role("button", name="A serves better" if leap else "B serves better").click()
    expect(page.get_by_role("heading", name="Nothing is left for you here")).to_be_visible()
    assert published()["verdicts"] == [["366 days.", POOR, "a", None]]


# --- one answer -------------------------------------------------------------------------------------------------


def test_attributes_by_keyboard(queue: OpenQueue, given: Given) -> None:
    page = queue("attributes")
    for key in ("4", "3", "k", "2", "4", "1", "0"):
        page.keyboard.press(key)
    save(page)
    assert given()["answer"]["ratings"] == {
        "helpfulness": 4,
        "correctness": 2,
        "coherence": 4,
        "complexity": 1,
        "verbosity": 0,
    }


def test_attributes_of_a_rubric_by_mouse(queue: OpenQueue, given: Given) -> None:
    page = queue("attributes", settings={"rubric": "tone | 1..3 | rude; kind\ndepth | 0..1"})
    page.get_by_role("group", name="tone").locator("label", has_text="kind").click()
    page.get_by_role("group", name="depth").locator("label").first.click()
    save(page, by_mouse=True)
    assert given()["answer"]["ratings"] == {"tone": 3, "depth": 0}


def test_a_scale_that_was_left_out_is_asked_for(queue: OpenQueue, served: Served, project: str) -> None:
    page = queue("attributes")
    page.keyboard.press("4")
    page.keyboard.press("Control+Enter")
    expect(page.locator("form[data-main]:invalid")).to_be_visible()
    assert served.stage("answers_given", project=project) == []


def test_rating_by_keyboard_and_by_mouse(queue: OpenQueue, served: Served, project: str) -> None:
    page = queue("rating")
    desk = page.locator("[id^=desk-]").element_handle()
    page.keyboard.press("6")
    page.wait_for_function("(desk) => !desk.isConnected", arg=desk)
    wait_for_htmx(page)
    page.get_by_role("button", name="mostly wrong").click()
    expect(page.get_by_role("heading", name="Nothing is left for you here")).to_be_visible()
    acts = served.stage("answers_given", project=project)
    assert [act["answer"]["rating"] for act in acts] == [6, 2]


def test_a_critique_by_keyboard(queue: OpenQueue, given: Given, published: Given) -> None:
    page = queue("critique")
    text = page.locator(".answer .prose").inner_text().strip()
    page.keyboard.press("2")
    page.get_by_role("textbox", name="Faulty passages").focus()
    page.keyboard.press("Control+Home")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("m")
    page.keyboard.press("x")
    page.get_by_label("What to fix").focus()
    page.keyboard.type("Say how long.\nSay what comes then.")
    page.get_by_label("The answer as it should be").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("Six minutes.")
    expect(page.locator("[data-diff] ins").first).to_be_visible()
    save(page)
    assert given()["answer"] == {
        "verdict": "bad",
        "spans": [[0, 4]],
        "fix": "Say how long.\nSay what comes then.",
        "correction": "Six minutes.",
    }
    assert published()["corrections"] == [["Six minutes.", text, "edited"]]


def test_a_critique_by_mouse_and_its_undo(queue: OpenQueue, given: Given, published: Given) -> None:
    page = queue("critique")
    choose(page, "Good")
    page.locator("[data-marked-text]").dblclick(position={"x": 24, "y": 24})
    page.get_by_role("button", name="Mark what is selected").click()
    expect(page.locator("[data-marked-text] mark")).to_have_count(1)
    page.get_by_role("button", name="Remove the mark").click()
    expect(page.locator("[data-marked-text] mark")).to_have_count(0)
    page.get_by_label("The answer as it should be").fill("Better still.")
    save(page, by_mouse=True)
    assert given()["answer"] == {"verdict": "good", "spans": [], "correction": "Better still."}
    assert len(published()["corrections"]) == 1
    page.get_by_role("button", name="Undo my last").click()
    expect(page.get_by_text("Taken back")).to_be_visible()
    assert published()["corrections"] == []


def test_the_first_wrong_step_by_keyboard(queue: OpenQueue, given: Given) -> None:
    page = queue("first_wrong_step", texts=["First this. Then that. So there.", "One. Two. Three."])
    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
    save(page)
    assert given()["answer"] == {"first_wrong": 2, "steps": 3}


def test_the_first_wrong_step_by_mouse(queue: OpenQueue, given: Given) -> None:
    page = queue("first_wrong_step", texts=["First this. Then that.", "One. Two."])
    page.locator("[data-step] .prose").nth(1).click()
    expect(page.get_by_role("radio").nth(1)).to_be_checked()
    page.get_by_label("None: every step is right").click()
    save(page, by_mouse=True)
    assert given()["answer"] == {"first_wrong": None, "steps": 2}


# --- many answers -----------------------------------------------------------------------------------------------


def test_a_ranking_by_keyboard(queue: OpenQueue, given: Given, published: Given) -> None:
    page = queue("ranking")
    for text in (VAGUE, BETTER):
        page.get_by_role("button", name=f"Move answer {letter_of(page, text)}").focus()
        page.keyboard.press(" ")
        for _ in TEXTS:
            page.keyboard.press("ArrowUp")
        page.keyboard.press(" ")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("=")
    save(page)
    assert given()["answer"] == {"places": {BETTER: 1, VAGUE: 1, POOR: 2}, "moved": True}
    assert preferred(published) == {(POOR, BETTER, "b"), (VAGUE, BETTER, "tie"), (POOR, VAGUE, "b")}


def test_a_ranking_by_mouse(queue: OpenQueue, given: Given) -> None:
    page = queue("ranking")
    top = page.locator("[data-answer]").first
    if letter_of(page, BETTER) != top.get_attribute("data-answer"):
        grip = page.get_by_role("button", name=f"Move answer {letter_of(page, BETTER)}")
        grip.drag_to(top, target_position={"x": 40, "y": 10})
    expect(top).to_contain_text(BETTER)
    while cards(page)[2] != POOR:
        page.get_by_role("button", name=f"Answer {letter_of(page, POOR)} down").click()
    save(page, by_mouse=True)
    assert given()["answer"]["places"] == {BETTER: 1, VAGUE: 2, POOR: 3}


def test_a_ranking_that_nobody_touched_is_saved_once_it_is_confirmed(
    queue: OpenQueue, given: Given, served: Served, project: str
) -> None:
    page = queue("ranking")
    shown = cards(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was moved.")
    assert served.stage("answers_given", project=project) == []
    save(page)
    assert given()["answer"] == {"places": {text: n for n, text in enumerate(shown, 1)}, "moved": False}


def test_answers_that_cannot_be_ranked(queue: OpenQueue, given: Given, published: Given) -> None:
    page = queue("ranking")
    page.get_by_label("These answers cannot be ranked").check()
    save(page, by_mouse=True)
    assert given()["answer"] == {"unrankable": True}
    assert published()["verdicts"] == []


def test_a_ranking_by_numbers_alone(served: Served, page_of: OpenPage, project: str, given: Given) -> None:
    page = page_of("annotator", java_script_enabled=False)
    page.goto(served.stage("protocol_queue", project=project, protocol="ranking"))
    for text, place in ((BETTER, "1"), (VAGUE, "2"), (POOR, "2")):
        page.locator("[data-answer]", has_text=text).get_by_label("Place of answer").fill(place)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Nothing is left for you here")).to_be_visible()
    assert given()["answer"]["places"] == {BETTER: 1, VAGUE: 2, POOR: 2}


def test_rate_and_rank_by_keyboard(queue: OpenQueue, given: Given) -> None:
    page = queue("rate_and_rank")
    for text, rating in ((POOR, "1"), (VAGUE, "4"), (BETTER, "7")):
        page.get_by_role("button", name=f"Move answer {letter_of(page, text)}").focus()
        page.keyboard.press(rating)
        page.keyboard.press(" ")
        for _ in TEXTS:
            page.keyboard.press("ArrowUp")
        page.keyboard.press(" ")
    save(page)
    answer = given()["answer"]
    assert answer["ratings"] == {BETTER: 7, VAGUE: 4, POOR: 1}
    assert answer["places"] == {BETTER: 1, VAGUE: 2, POOR: 3}


def test_rate_and_rank_by_mouse(queue: OpenQueue, given: Given) -> None:
    page = queue("rate_and_rank")
    for card in page.locator("[data-answer]").all():
        card.locator(".steps label", has_text="right, with gaps").click()
    page.get_by_role("button", name="Tie with the one above").nth(0).click()
    page.get_by_role("button", name="Tie with the one above").nth(1).click()
    save(page, by_mouse=True)
    answer = given()["answer"]
    assert set(answer["ratings"].values()) == {5}
    assert set(answer["places"].values()) == {1}


# --- a message --------------------------------------------------------------------------------------------------


def test_a_review_of_signals_by_keyboard(queue: OpenQueue, published: Given) -> None:
    page = queue("signal_review")
    page.keyboard.press("1")
    page.keyboard.press("3")
    page.keyboard.type("Style")
    save(page)
    assert published()["reviews"] == [
        ["Factual_Error", "confirmed", ""],
        ["Ignored", "corrected", "Style"],
    ]


def test_a_review_of_signals_by_mouse(queue: OpenQueue, published: Given) -> None:
    page = queue("signal_review")
    for label in page.locator("label", has_text="no").filter(has=page.locator("[value=rejected]")).all():
        label.click()
    page.get_by_text("Something was missed").click()
    page.get_by_label("Revision").check()
    save(page, by_mouse=True)
    assert published()["reviews"] == [
        ["Factual_Error", "rejected", ""],
        ["Ignored", "rejected", ""],
        ["Revision", "missed", ""],
    ]


# --- one's own answers ------------------------------------------------------------------------------------------


def test_an_answer_of_ones_own_is_changed_from_what_it_was(
    queue: OpenQueue, served: Served, project: str
) -> None:
    page = queue("ranking")
    page.get_by_role("button", name="Tie with the one above").first.click()
    places = {text: page.locator("[data-answer]", has_text=text) for text in TEXTS}
    given = {text: card.get_by_role("spinbutton").input_value() for text, card in places.items()}
    save(page)
    page.get_by_role("link", name="My answers").click()
    page.get_by_role("link", name="Change").first.click()
    for text, card in places.items():
        expect(card.get_by_role("spinbutton")).to_have_value(given[text])
    page.get_by_role("button", name="Tie with the one above").first.click()
    save(page)
    acts = served.stage("answers_given", project=project)
    assert [len(set(act["answer"]["places"].values())) for act in acts] == [2, 3]


# --- all of them ------------------------------------------------------------------------------------------------

EVERY = [
    *("pairwise", "rating", "attributes", "ranking", "rate_and_rank", "joint"),
    *("critique", "first_wrong_step", "ordered_criteria", "signal_review"),
]


@pytest.mark.parametrize("protocol", EVERY)
def test_a_protocol_is_accessible_and_fits_a_phone_also_from_right_to_left(
    queue: OpenQueue, protocol: str
) -> None:
    settings = {"strength": "1", "reasons": "1"} if protocol == "pairwise" else {}
    texts = [f"{ARABIC} {number}" for number in range(3)]
    page = queue(protocol, settings=settings, question=ARABIC, texts=texts)
    found = broken_rules(page, ALL_RULES)
    page.emulate_media(color_scheme="dark")
    found += broken_rules(page, CONTRAST)
    page.set_viewport_size(PHONE)
    assert found + problems_on_a_phone(page) == []


def test_an_answer_that_names_its_maker_is_flagged(queue: OpenQueue) -> None:
    page = queue("pairwise", texts=["As an AI model made by Foo Labs, I say six minutes.", POOR])
    note = page.get_by_text("This text names a model")
    expect(note).to_have_count(1)
    expect(note).to_contain_text("Foo Labs")


@pytest.mark.usefixtures("failing_requests")
def test_a_queue_is_opened_from_its_page_after_a_look_at_the_question(
    served: Served, page_of: OpenPage, project: str
) -> None:
    served.stage("protocol_queue", project=project, protocol="rating")
    page = page_of("researcher")
    page.goto(f"/p/{project}/judge/")
    page.get_by_role("link", name="New queue").click()
    page.get_by_label("How does this answer do on each scale?").check()
    expect(page.locator("#question-preview").get_by_text("helpfulness")).to_be_visible()
    page.get_by_label("Scales").fill("tone | rude to kind")
    expect(page.locator("#question-preview")).to_contain_text("Line 1 is no attribute")
    page.get_by_role("button", name="Open the queue").click()
    expect(page.locator(".field.invalid")).to_contain_text("Line 1 is no attribute")
    page.get_by_label("Scales").fill("tone | 1..5 | rude; kind")
    expect(page.locator("#question-preview").get_by_text("tone")).to_be_visible()
    page.get_by_label("name", exact=True).fill("Tones")
    page.get_by_role("button", name="Open the queue").click()
    expect(page.get_by_role("heading", name="Tones")).to_be_visible()
    expect(page.get_by_text("How blind it is")).to_be_visible()
