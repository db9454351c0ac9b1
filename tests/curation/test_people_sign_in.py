"""Signing in by password and by one-time link."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from curation.models import AuditEvent, SignInAttempt, User
from curation.services.access.sign_in import ATTEMPTS_ALLOWED, sign_in_path
from tests import cast

PASSWORD = "a-long-password"


def try_password(client: Client, email: str, password: str = "wrong-password") -> str:
    return client.post("/sign-in/", {"email": email, "password": password}, follow=True).content.decode()


def test_the_right_password_opens_the_only_project(client: Client, annotator: User) -> None:
    answer = client.post("/sign-in/", {"email": annotator.email.upper(), "password": PASSWORD})
    assert answer["Location"] == "/p/shared/"


def test_signing_in_goes_on_to_the_page_that_was_asked_for(client: Client, admin: User) -> None:
    body = {"email": admin.email, "password": PASSWORD, "next": "/p/shared/people/"}
    assert client.post("/sign-in/", body)["Location"] == "/p/shared/people/"


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_signing_in_leads_to_no_other_site(client: Client, annotator: User, wanted: str) -> None:
    body = {"email": annotator.email, "password": PASSWORD, "next": wanted}
    assert client.post("/sign-in/", body)["Location"] == "/p/shared/"


def test_an_unknown_address_and_a_wrong_password_read_alike(client: Client, annotator: User) -> None:
    known = try_password(client, annotator.email).replace(annotator.email, "")
    unknown = try_password(client, "nobody@example.org").replace("nobody@example.org", "")
    token = 'name="csrfmiddlewaretoken"'
    assert "do not fit together" in known
    assert [line for line in known.splitlines() if token not in line and "hx-headers" not in line] == [
        line for line in unknown.splitlines() if token not in line and "hx-headers" not in line
    ]


def test_an_unknown_address_costs_a_password_hash_too(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []
    monkeypatch.setattr(User, "set_password", lambda user, password: hashed.append(password))
    try_password(client, "nobody@example.org")
    assert hashed == ["wrong-password"]


def test_ten_failures_close_the_door_even_for_the_right_password(client: Client, annotator: User) -> None:
    for _ in range(ATTEMPTS_ALLOWED):
        try_password(client, annotator.email)
    assert "Too many tries" in try_password(client, annotator.email, PASSWORD)


def test_the_door_opens_again_after_a_quarter_of_an_hour(client: Client, annotator: User) -> None:
    for _ in range(ATTEMPTS_ALLOWED):
        try_password(client, annotator.email)
    SignInAttempt.objects.update(tried_at=timezone.now() - timedelta(minutes=16))
    assert "Sign out" in try_password(client, annotator.email, PASSWORD)


def test_the_door_stays_open_for_other_people_and_places(
    client: Client, annotator: User, researcher: User
) -> None:
    for _ in range(ATTEMPTS_ALLOWED):
        try_password(client, annotator.email)
    assert "Sign out" in try_password(client, researcher.email, PASSWORD)
    assert "Sign out" in try_password(Client(REMOTE_ADDR="10.0.0.9"), annotator.email, PASSWORD)


def test_success_forgets_the_failures_before_it(client: Client, annotator: User) -> None:
    for _ in range(ATTEMPTS_ALLOWED - 1):
        try_password(client, annotator.email)
    try_password(client, annotator.email, PASSWORD)
    assert not SignInAttempt.objects.exists()


def test_signing_in_starts_a_fresh_session(client: Client, annotator: User) -> None:
    client.session["kept"] = True
    client.session.save()
    before = client.session.session_key
    try_password(client, annotator.email, PASSWORD)
    assert client.session.session_key != before


def test_a_link_signs_in_when_its_button_is_pressed(client: Client, annotator: User) -> None:
    address = f"/sign-in/{sign_in_path(user=annotator)}/"
    assert "_auth_user_id" not in client.get(address).wsgi_request.session
    assert client.post(address)["Location"] == "/p/shared/"


def test_looking_at_a_link_does_not_use_it_up(client: Client, annotator: User) -> None:
    address = f"/sign-in/{sign_in_path(user=annotator)}/"
    client.get(address)
    assert client.get(address).status_code == 200


def test_a_link_works_once(annotator: User) -> None:
    address = f"/sign-in/{sign_in_path(user=annotator)}/"
    Client().post(address)
    assert Client().post(address).status_code == 410


@pytest.mark.parametrize(
    "path", ["MQ/made-up", "%FF/x", "bm90LWEtbnVtYmVy/x", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk/x"]
)
def test_a_made_up_link_is_refused(client: Client, db: None, path: str) -> None:
    assert client.get(f"/sign-in/{path}/").status_code == 410


def test_a_link_of_a_closed_account_is_refused(client: Client, annotator: User) -> None:
    path = sign_in_path(user=annotator)
    User.objects.update(is_active=False)
    assert client.post(f"/sign-in/{path}/").status_code == 410


def test_a_fragment_whose_session_ended_sends_the_whole_page_to_sign_in(client: Client, db: None) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/p/shared/people/"}
    answer = client.get("/account/", headers=headers, follow=True)
    assert answer["HX-Redirect"] == "/sign-in/?next=%2Fp%2Fshared%2Fpeople%2F"


def test_what_a_page_asks_by_itself_takes_nobody_to_sign_in(client: Client, db: None) -> None:
    answer = client.get("/status/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.has_header("HX-Redirect")) == (204, False)


def test_a_new_password_needs_the_current_one(annotator: User, client_of: Callable[[User], Client]) -> None:
    body = {"display_name": "Ann", "new_password": "another long one", "current_password": "wrong"}
    client_of(annotator).post("/account/", body)
    annotator.refresh_from_db()
    assert annotator.check_password(PASSWORD)


def test_a_new_password_keeps_this_session_and_ends_the_others(
    annotator: User, client_of: Callable[[User], Client]
) -> None:
    here, there = client_of(annotator), client_of(annotator)
    here.post(
        "/account/", {"display_name": "Ann", "new_password": "another long one", "current_password": PASSWORD}
    )
    assert [browser.get("/").status_code for browser in (here, there)] == [200, 302]


def test_signing_in_is_on_the_audit_trail(client: Client, annotator: User) -> None:
    try_password(client, annotator.email, PASSWORD)
    assert AuditEvent.objects.filter(action="person.signed_in", actor_uuid=annotator.uuid).exists()


def test_signing_out_ends_the_session(annotator: User, client_of: Callable[[User], Client]) -> None:
    browser = client_of(annotator)
    browser.post("/sign-out/")
    assert browser.get("/").status_code == 302


def test_there_is_no_open_registration(client: Client, db: None) -> None:
    assert [client.get(f"/{path}/").status_code for path in ("register", "sign-up", "signup")] == [404] * 3


def test_a_superuser_without_a_password_cannot_sign_in_with_an_empty_one(
    client: Client, superuser: User
) -> None:
    assert "Sign out" not in try_password(client, superuser.email, "")
    assert cast.make_user().has_usable_password()


def command_answer(*arguments: str) -> dict[str, str]:
    out = StringIO()
    call_command("sign_in_link", *arguments, "--json", stdout=out)
    answer: dict[str, str] = json.loads(out.getvalue().splitlines()[-1])
    return answer


def test_a_fresh_installation_is_entered_by_a_link(client: Client, db: None) -> None:
    link = command_answer("First@Example.org", "--superuser")["link"]
    answer = client.post(urlsplit(link).path, follow=True)
    assert answer.wsgi_request.user.is_superuser


def test_a_link_for_somebody_who_is_there_changes_no_rights(annotator: User) -> None:
    command_answer(annotator.email, "--superuser")
    annotator.refresh_from_db()
    assert not annotator.is_superuser


def test_a_link_for_nobody_is_refused_in_words(db: None) -> None:
    with pytest.raises(CommandError, match="Nobody") as refusal:
        call_command("sign_in_link", "nobody@example.org")
    assert refusal.value.returncode == 2


def test_an_address_that_is_none_is_refused_in_words(db: None) -> None:
    with pytest.raises(CommandError, match="valid email"):
        call_command("sign_in_link", "not an address", "--superuser")
