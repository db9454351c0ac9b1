"""People come in by invitation, as what they were invited as."""

from playwright.sync_api import expect

from tests.browser.people import OpenPage


def test_an_invited_person_joins_once_with_the_role_that_was_meant(
    page_of: OpenPage, new_page: OpenPage, project: str
) -> None:
    admin = page_of("admin")
    admin.goto(f"/p/{project}/people/")
    admin.get_by_label("E-mail address").fill(f"new-at-{project}@example.org")
    admin.locator("form.card").get_by_label("Role").select_option("researcher")
    admin.get_by_role("button", name="Make an invitation link").click()
    link = admin.get_by_label("Invitation link").input_value()
    page = new_page()
    page.goto(link)
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Password").fill("a sentence to keep in mind")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("link", name="Datasets").first).to_be_visible()
    assert page.request.get(f"/p/{project}/people/").status == 403
    assert new_page().request.get(link).status == 410
    admin.goto(f"/p/{project}/people/")
    expect(admin.get_by_role("row").filter(has_text="Ada").get_by_label("Role of")).to_have_value(
        "researcher"
    )


def test_who_is_removed_is_outside_at_once(page_of: OpenPage, project: str) -> None:
    second, admin = page_of("second"), page_of("admin")
    assert second.request.get(f"/p/{project}/").status == 200
    admin.goto(f"/p/{project}/people/")
    admin.get_by_role("button", name="Remove second@example.org").click()
    expect(admin.get_by_role("status")).to_contain_text("may not enter the project any more")
    assert second.request.get(f"/p/{project}/").status == 404
