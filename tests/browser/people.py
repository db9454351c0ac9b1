"""The cast of the browser tests, and how they come in."""

from collections.abc import Callable

from playwright.sync_api import Page, StorageState

PASSWORD = "a-long-password"
PROJECTS = [f"project-{number}" for number in range(1, 201)]

OpenPage = Callable[..., Page]


def sign_in(page: Page, name: str, *, password: str = PASSWORD) -> None:
    """Fill in the form of the sign-in page and send it."""
    page.goto("/sign-in/")
    page.get_by_label("E-mail address").fill(f"{name}@example.org")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def signed_in_state(page: Page, name: str) -> StorageState:
    """Return the cookies of a fresh session."""
    sign_in(page, name)
    page.wait_for_url(lambda address: "sign-in" not in address)
    return page.context.storage_state()
