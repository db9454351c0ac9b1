"""What somebody judged arrives once: after a lost network, an ended sign-in, a changed token, a restarted server."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import watching
from tests.browser.chat_logs import STORIES, write_chat_log
from tests.browser.people import PASSWORD, OpenPage
from tests.browser.served import Served
from tests.browser.test_desk import desk_over, press, standing, task_in_hand

KEPT = "Not sent yet: 1"
SUBMIT = "**/submit/"
IS_GONE = "() => Object.keys(localStorage).every((name) => !name.startsWith('harken.outbox.'))"
FULL = (
    "() => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
)
WITH_WINDOW = "(form) => { form.dataset.sending = 'after_window'; }"


@pytest.fixture
def failing_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test whose requests are refused or do not arrive, a server that is down included."""
    forgotten = (*watching.FAILED_REQUESTS, "responded with a status of 5", "net::ERR_CONNECTION_REFUSED")
    monkeypatch.setattr(watching, "FAILED_REQUESTS", forgotten)


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
    judge.evaluate("() => window.dispatchEvent(new Event('online'))")
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


# --- what goes wrong between the browser and the desk ------------------------------------------------------------


@pytest.mark.usefixtures("failing_requests")
def test_a_full_browser_loses_no_answer(served: Served, judge: Page, project: str) -> None:
    task = task_in_hand(judge)
    judge.evaluate(FULL)
    judge.context.set_offline(True)
    judge.keyboard.press("1")
    expect(judge.locator("#outbox")).to_contain_text("leave this page open")
    judge.context.set_offline(False)
    await_saved(judge)
    assert judged(served, project) == {task: "a"}


@pytest.mark.usefixtures("failing_requests")
def test_an_answer_of_a_proxy_is_no_answer_of_the_desk(served: Served, judge: Page, project: str) -> None:
    task = task_in_hand(judge)
    judge.context.route(SUBMIT, lambda route: route.fulfill(status=200, body="<p>Pay for the network.</p>"))
    judge.keyboard.press("1")
    expect(judge.locator("#outbox")).to_contain_text(KEPT)
    judge.context.unroute(SUBMIT)
    judge.get_by_role("button", name="Send now").click()
    await_saved(judge)
    assert judged(served, project) == {task: "a"}


@pytest.mark.usefixtures("failing_requests")
def test_an_entry_that_the_server_fails_on_holds_up_no_other(
    served: Served, judge: Page, desk: str, project: str
) -> None:
    task = task_in_hand(judge)
    judge.context.route("**/stuck/", lambda route: route.fulfill(status=500))
    judge.evaluate(
        """() => localStorage.setItem("harken.outbox.stuck", JSON.stringify({key: "stuck", url: "/stuck/",
        desk: "", task: "task-other", person: document.getElementById("outbox").dataset.person,
        fields: [["fix", "Say how long."]], shown: ["fix"], state: "pending", at: 1}))"""
    )
    judge.goto(desk)
    expect(judge.locator("#outbox")).to_contain_text(KEPT)
    press(judge, "1")
    judge.get_by_text("Your answer, to copy").click()
    expect(judge.locator("#outbox pre")).to_have_text("fix: Say how long.")
    judge.get_by_role("button", name="Dismiss").click()
    expect(judge.locator("#outbox")).to_be_empty()
    assert judged(served, project) == {task: "a"}


@pytest.mark.usefixtures("failing_requests")
def test_an_answer_that_was_refused_can_be_sent_again(served: Served, judge: Page, project: str) -> None:
    task = task_in_hand(judge)
    judge.context.route(
        SUBMIT, lambda route: route.fulfill(status=409, content_type="text/plain", body="Not now.")
    )
    judge.keyboard.press("1")
    expect(judge.locator("#outbox")).to_contain_text("Not taken: Not now.")
    judge.context.unroute(SUBMIT)
    judge.get_by_role("button", name="Send again").click()
    await_saved(judge)
    assert judged(served, project) == {task: "a"}


@pytest.mark.usefixtures("failing_requests")
def test_an_undo_waits_for_the_answer_that_is_under_way(served: Served, judge: Page, project: str) -> None:
    press(judge, "1")
    task = task_in_hand(judge)
    judge.context.set_offline(True)
    judge.keyboard.press("2")
    expect(judge.locator("#outbox")).to_contain_text(KEPT)
    judge.keyboard.press("u")
    expect(judge.locator("#outbox")).to_contain_text("taken back as soon as it has arrived")
    judge.context.set_offline(False)
    expect(judge.locator(".toasts")).to_contain_text("Taken back.")
    assert task_in_hand(judge) == task
    acts = served.stage("judgements", project=project)
    assert [act["act"] for act in acts] == ["judged", "judged", "undone"]
    assert acts[-1]["task"] == task


def test_an_undo_by_mouse_lets_go_of_a_held_choice(served: Served, judge: Page, project: str) -> None:
    judge.locator("form[data-main]").evaluate(WITH_WINDOW)
    judge.keyboard.press("1")
    expect(judge.get_by_role("button", name="A is better")).to_have_attribute("aria-pressed", "true")
    judge.get_by_role("button", name="Undo my last").click()
    expect(judge.get_by_role("button", name="A is better")).to_have_attribute("aria-pressed", "false")
    expect(judge.get_by_role("button", name="Undo my last")).to_be_disabled()
    assert served.stage("judgements", project=project) == []


def test_a_held_choice_is_sent_although_the_page_is_left(
    served: Served, judge: Page, desk: str, project: str
) -> None:
    task = task_in_hand(judge)
    judge.locator("form[data-main]").evaluate(WITH_WINDOW)
    judge.keyboard.press("2")
    judge.goto(f"/p/{project}/judge/settings/")
    judge.goto(desk)
    judge.wait_for_function(IS_GONE)
    assert judged(served, project) == {task: "b"}


def test_a_held_choice_is_sent_when_the_layout_is_changed(served: Served, judge: Page, project: str) -> None:
    task = task_in_hand(judge)
    judge.locator("form[data-main]").evaluate(WITH_WINDOW)
    judge.keyboard.press("1")
    judge.keyboard.press("r")
    await_saved(judge)
    assert judged(served, project) == {task: "a"}
    judge.get_by_role("button", name="Raw text").click()
    expect(judge.get_by_role("button", name="Raw text")).to_have_attribute("aria-pressed", "false")


def test_a_window_follows_what_another_window_has_sent(
    served: Served, judge: Page, desk: str, project: str
) -> None:
    task = task_in_hand(judge)
    other = judge.context.new_page()
    other.goto(desk)
    assert task_in_hand(other) == task
    press(judge, "1")
    expect(other.locator(f"#task-{task}")).to_have_count(0)
    press(other, "2")
    assert len(judged(served, project)) == 2


def test_ctrl_enter_in_a_field_of_another_form_sends_nothing(
    served: Served, judge: Page, project: str
) -> None:
    judge.locator("form[data-main]").evaluate("(form) => { form.dataset.sending = 'confirmed'; }")
    judge.keyboard.press("1")
    judge.keyboard.press("s")
    judge.keyboard.type("Unclear.")
    judge.keyboard.press("Control+Enter")
    expect(judge.locator("#skip-reason")).to_have_value("Unclear.")
    assert served.stage("judgements", project=project) == []


@pytest.mark.usefixtures("failing_requests")
def test_typed_words_stay_on_this_device_until_they_have_arrived(
    served: Served, page_of: OpenPage, project: str
) -> None:
    page = page_of("annotator")
    page.goto(served.stage("protocol_queue", project=project, protocol="critique"))
    task = task_in_hand(page)
    page.context.route("**/draft/**", lambda route: route.abort())
    page.keyboard.press("2")
    page.get_by_label("What to fix").fill("Say how long.")
    page.reload()
    expect(page.get_by_label("What to fix")).to_have_value("Say how long.")
    kept = page.evaluate("() => Object.keys(localStorage).filter((name) => name.startsWith('harken.draft.'))")
    assert [name.partition(".task-")[2] for name in kept] == [task]
    page.get_by_label("What to fix").press("Control+Enter")
    await_saved(page)
    assert page.evaluate("() => localStorage.length") == 0
