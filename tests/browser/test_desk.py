"""The desk: one decision a screen, blind, by keyboard or by mouse, and nothing asked twice."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat_logs import HOSTILE, SECRET_MODEL, STORIES, write_chat_log
from tests.browser.people import OpenPage
from tests.browser.served import Served
from tests.browser.watching import wait_for_htmx


@pytest.fixture
def desk(served: Served, project: str, tmp_path: Path) -> str:
    """The address of a queue over mined pairs, each asked of one person."""
    return desk_over(served, project, write_chat_log(tmp_path / "log.jsonl", STORIES))


def desk_over(served: Served, project: str, chat_log: Path) -> str:
    """Open a queue over the pairs of a chat log and return the address of its desk."""
    queue = served.stage("mined_queue", project=project, chat_log=str(chat_log))
    return f"/p/{project}/judge/{queue['queue']}/"


def task_in_hand(page: Page) -> str:
    """Return the id of the task on the screen."""
    return str(page.locator("article[id^=task-]").get_attribute("id")).removeprefix("task-")


def press(page: Page, key: str) -> None:
    """Press a key of the desk and wait for what comes of it."""
    before = page.locator("[id^=desk-]").element_handle()
    page.wait_for_load_state()
    page.keyboard.press(key)
    page.wait_for_function("(desk) => !desk.isConnected", arg=before)
    wait_for_htmx(page)


def standing(acts: list[dict[str, Any]]) -> dict[str, str]:
    """Return the choice of each task whose newest act is a judgement."""
    newest = {act["task"]: act for act in acts}
    return {task: act["answer"]["choice"] for task, act in newest.items() if act["act"] == "judged"}


def test_a_judge_needs_nothing_but_the_keyboard(
    served: Served, page_of: OpenPage, desk: str, project: str
) -> None:
    page = page_of("annotator")
    page.goto(desk)
    expected = {}
    for key, choice in {"1": "a", "2": "b", "3": "tie", "4": "both_bad"}.items():
        expected[task_in_hand(page)] = choice
        press(page, key)
    taken_back = task_in_hand(page)
    press(page, "1")
    press(page, "u")
    assert task_in_hand(page) == taken_back
    page.keyboard.press("s")
    page.keyboard.type("The question is unclear.")
    press(page, "Enter")
    acts = served.stage("judgements", project=project)
    assert standing(acts) == expected
    assert [act["act"] for act in acts] == ["judged"] * 5 + ["undone", "skipped"]
    assert acts[-1]["answer"] == {"reason": "The question is unclear."}


def test_a_judge_may_use_the_mouse(served: Served, page_of: OpenPage, desk: str, project: str) -> None:
    page = page_of("annotator")
    page.goto(desk)
    task = task_in_hand(page)
    page.get_by_role("button", name="B is better").click()
    expect(page.locator(".toasts")).to_contain_text("B is better.")
    page.get_by_role("button", name="Undo my last").click()
    expect(page.locator(".toasts")).to_contain_text("Taken back")
    page.get_by_role("button", name="Equally good").click()
    expect(page.locator(".toasts")).to_contain_text("Equally good.")
    acts = served.stage("judgements", project=project)
    assert standing(acts) == {task: "tie"}
    assert all(act["active_ms"] is not None for act in acts if act["act"] == "judged")


def test_the_desk_is_blind_and_draws_the_sides_by_chance(
    served: Served, page_of: OpenPage, desk: str, project: str
) -> None:
    page = page_of("annotator")
    page.goto(desk)
    for _ in range(20):
        shown = page.content()
        assert SECRET_MODEL not in shown
        assert not any(story.complaint in shown for story in STORIES)
        press(page, "1")
    acts = served.stage("judgements", project=project)
    assert {act["order"].index(act["chosen"]) for act in acts} == {0, 1}


def test_the_answer_shown_as_a_is_the_one_recorded_first(
    served: Served, page_of: OpenPage, desk: str, project: str
) -> None:
    page = page_of("annotator")
    page.goto(desk)
    answers = {story.better: story for story in STORIES}
    is_chosen_left = []
    for _ in range(5):
        left = page.get_by_role("region", name="Answer A").locator(".prose").inner_text().strip()
        is_chosen_left.append(left in answers)
        press(page, "3")
    acts = served.stage("judgements", project=project)
    assert [act["order"][0] == act["chosen"] for act in acts] == is_chosen_left


def test_two_judges_never_hold_the_same_task(
    served: Served, page_of: OpenPage, desk: str, project: str
) -> None:
    judges = {name: page_of(name) for name in ("annotator", "second")}
    for page in judges.values():
        page.goto(desk)
    for _ in range(4):
        assert len({task_in_hand(page) for page in judges.values()}) == 2
        for page in judges.values():
            press(page, "1")
    acts = served.stage("judgements", project=project)
    assert len({act["task"] for act in acts}) == len(acts) == 8


def test_keys_are_off_while_one_types(served: Served, page_of: OpenPage, desk: str, project: str) -> None:
    page = page_of("annotator")
    page.goto(desk)
    task = task_in_hand(page)
    page.keyboard.press("s")
    page.keyboard.type("1234u")
    page.keyboard.press("Escape")
    assert task_in_hand(page) == task
    assert served.stage("judgements", project=project) == []


def test_a_hostile_conversation_runs_nothing_at_the_desk(
    served: Served, page_of: OpenPage, project: str, tmp_path: Path
) -> None:
    page = page_of("annotator")
    page.goto(desk_over(served, project, write_chat_log(tmp_path / "log.jsonl", [HOSTILE])))
    expect(page.get_by_text("<script>alert('question')</script>")).to_be_visible()
    answers = page.locator("article[id^=task-]")
    assert (
        answers.locator(
            "script:not([type='application/json']), iframe, svg, style, img, [onclick], [href^=javascript]"
        ).count()
        == 0
    )
    press(page, "1")
    assert len(served.stage("judgements", project=project)) == 1
