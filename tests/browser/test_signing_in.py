"""Coming in and going out."""

from playwright.sync_api import expect

from tests.browser.people import OpenPage, sign_in
from tests.browser.served import Served


def test_a_password_opens_the_projects_and_signing_out_closes_them(new_page: OpenPage, project: str) -> None:
    page = new_page()
    sign_in(page, "researcher")
    expect(page.get_by_role("heading", name=project.capitalize(), exact=True)).to_be_visible()
    page.get_by_label("Account of").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(f"/p/{project}/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_wrong_password_is_refused_with_a_sentence(new_page: OpenPage) -> None:
    page = new_page()
    sign_in(page, "second", password="not-the-password")
    expect(page.get_by_role("alert")).to_contain_text("Check both and try again.")


def test_a_one_time_link_opens_once(new_page: OpenPage, served: Served) -> None:
    link = served.stage("sign_in_link", email="annotator@example.org")
    first = new_page()
    first.goto(link)
    first.get_by_role("button", name="Sign in").click()
    expect(first.get_by_label("Account of")).to_be_visible()
    again = new_page()
    assert again.request.get(link).status == 410
    assert "used already" in again.request.get(link).text()


def test_an_annotator_sees_queues_and_criteria_and_nothing_else(page_of: OpenPage, project: str) -> None:
    page = page_of("annotator")
    page.goto(f"/p/{project}/")
    expect(page.get_by_role("heading", name="No queue is open")).to_be_visible()
    links = page.get_by_role("navigation", name="Project").get_by_role("link")
    assert links.all_inner_texts() == ["Home", "Judge", "Criteria"]
    assert page.request.get(f"/p/{project}/signals/").status == 403
