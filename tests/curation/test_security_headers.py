"""What every answer says to the browser, and what the browser must send back."""

import pytest
from django.test import Client

from curation.models import User

PASSWORD = "a-long-password"


@pytest.fixture
def checked() -> Client:
    """A browser whose posts are checked for the CSRF token."""
    return Client(enforce_csrf_checks=True)


def test_scripts_and_styles_come_from_this_host_alone(client: Client, db: None) -> None:
    policy = client.get("/sign-in/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_an_error_page_carries_the_policy_too(client: Client, db: None) -> None:
    assert "default-src 'none'" in client.get("/nowhere/")["Content-Security-Policy"]


def test_a_page_holds_no_script_style_or_handler_of_its_own(client: Client, db: None) -> None:
    page = client.get("/sign-in/").content.decode()
    assert not any(word in page for word in ("<style", " style=", " onclick=", " onload=", "<script>"))


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Frame-Options", "DENY"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ],
)
def test_every_answer_carries_the_header(client: Client, db: None, header: str, value: str) -> None:
    assert client.get("/sign-in/")[header] == value


def test_signing_in_without_a_token_is_refused(checked: Client, annotator: User) -> None:
    answer = checked.post("/sign-in/", {"email": annotator.email, "password": PASSWORD})
    assert answer.status_code == 403
    assert "too old" in answer.content.decode()


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_token_does_not_help_a_foreign_origin(checked: Client, annotator: User, origin: str) -> None:
    checked.get("/sign-in/")
    body = {
        "email": annotator.email,
        "password": PASSWORD,
        "csrfmiddlewaretoken": checked.cookies["csrftoken"].value,
    }
    assert checked.post("/sign-in/", body, headers={"origin": origin}).status_code == 403


def test_the_session_cookie_is_hidden_from_scripts(client: Client, annotator: User) -> None:
    client.post("/sign-in/", {"email": annotator.email, "password": PASSWORD})
    assert client.cookies["sessionid"]["httponly"]
