"""What somebody judged arrives once: after a lost network, an ended sign-in, a changed token, a restarted server."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat_logs import STORIES, write_chat_log
from tests.browser.people import PASSWORD, OpenPage
from tests.browser.served import Served
from tests.browser.test_desk import desk_over, press, standing, task_in_hand

KEPT = "Not sent yet: 1"


@pytest.fixture
def desk(served: Served, project: str, tmp_path: Path) -> str:
    """The address of a queue over mined pairs, each asked of one person."""
    return desk_over(served, project, write_chat_log(tmp_path / "log.jsonl", STORIES))


@pytest.fixture
def judge(page_of: OpenPage, desk: str) -> Page:
    """An annotator with a task in hand."""
    page = page_of("annotator")
    page.goto(desk)
    return page


def await_saved(page: Page) -> None:
    expect(page.locator(".toasts")).to_contain_text("Saved.")
    expect(page.locator("#outbox")).to_be_empty()


def judged(served: Served, project: str) -> dict[str, str]:
    acts = served.stage("judgements", project=project)
    assert all(act["act"] == "judged" for act in acts)
    return standing(acts)


@pytest.mark.usefixtures("failing_requests")
def test_an_answer_given_offline_is_sent_when_the_network_is_back(
    served: Served, judge: Page, project: str
) -> None:
    task = task_in_hand(judge)
    judge.context.set_offline(True)
    judge.keyboard.press("1")
    expect(judge.locator("#outbox")).to_contain_text(KEPT)
    judge.context.set_offline(False)
    await_saved(judge)
    assert judged(served, project) == {task: "a"}


@pytest.mark.usefixtures("failing_requests")
def test_an_answer_given_offline_survives_a_reload(
    served: Served, judge: Page, desk: str, project: str
) -> None:
    task = task_in_hand(judge)
    judge.context.set_offline(True)
    judge.keyboard.press("2")
    expect(judge.locator("#outbox")).to_contain_text(KEPT)
    judge.goto("about:blank")
    judge.context.set_offline(False)
    judge.goto(desk)
    await_saved(judge)
    assert judged(served, project) == {task: "b"}


@pytest.mark.usefixtures("failing_requests")
def test_an_ended_sign_in_is_renewed_in_place_and_the_answer_sent_once(
    served: Served, judge: Page, project: str
) -> None:
    task = task_in_hand(judge)
    judge.context.clear_cookies(name="sessionid")
    judge.keyboard.press("1")
    dialog = judge.get_by_role("dialog", name="Sign in to go on")
    dialog.get_by_label("Password").fill("not the password")
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_contain_text("That did not fit.")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_be_hidden()
    await_saved(judge)
    assert judged(served, project) == {task: "a"}


@pytest.mark.usefixtures("failing_requests")
def test_an_answer_is_sent_under_nobody_else_s_name(
    served: Served, judge: Page, desk: str, project: str
) -> None:
    judge.context.clear_cookies(name="sessionid")
    judge.keyboard.press("1")
    dialog = judge.get_by_role("dialog", name="Sign in to go on")
    dialog.get_by_label("E-mail address").fill("second@example.org")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_contain_text("somebody else")
    judge.goto(desk)
    expect(judge.locator("[data-desk]")).to_be_visible()
    assert served.stage("judgements", project=project) == []


@pytest.mark.usefixtures("failing_requests")
def test_a_changed_token_is_fetched_and_the_answer_sent(served: Served, judge: Page, project: str) -> None:
    task = task_in_hand(judge)
    judge.context.clear_cookies(name="csrftoken")
    judge.keyboard.press("3")
    await_saved(judge)
    assert judged(served, project) == {task: "tie"}


@pytest.mark.usefixtures("failing_requests")
def test_an_answer_waits_for_a_server_that_is_restarted(served: Served, judge: Page, project: str) -> None:
    task = task_in_hand(judge)
    served.stop("web")
    try:
        judge.keyboard.press("4")
        expect(judge.locator("#outbox")).to_contain_text(KEPT)
    finally:
        served.start("web")
        served.await_health()
    judge.get_by_role("button", name="Send now").click()
    await_saved(judge)
    assert judged(served, project) == {task: "both_bad"}


def test_an_answer_of_one_s_own_can_be_changed_and_both_stay_on_record(
    served: Served, judge: Page, project: str
) -> None:
    task = task_in_hand(judge)
    press(judge, "1")
    judge.get_by_role("link", name="My answers").click()
    expect(judge.get_by_role("cell", name="A is better", exact=True)).to_be_visible()
    judge.get_by_role("link", name="Change").click()
    expect(judge.locator("[data-desk]")).to_be_visible()
    press(judge, "2")
    acts = served.stage("judgements", project=project)
    assert [act["answer"]["choice"] for act in acts] == ["a", "b"]
    assert {act["task"] for act in acts} == {task}


def test_keys_can_be_exchanged_and_are_printed_on_the_buttons(judge: Page, desk: str, project: str) -> None:
    judge.goto(f"/p/{project}/judge/settings/")
    judge.get_by_label("choice 1").fill("j")
    judge.get_by_role("button", name="Save").click()
    expect(judge.get_by_role("status").first).to_contain_text("Your desk is set.")
    judge.goto(desk)
    expect(judge.get_by_role("button", name="A is better")).to_contain_text("j", ignore_case=True)
    press(judge, "j")
    expect(judge.locator(".toasts")).to_contain_text("A is better.")
    judge.goto(f"/p/{project}/judge/settings/")
    judge.get_by_label("choice 1").fill("1")
    judge.get_by_role("button", name="Save").click()
