"""Members, roles, invitations and the audit page."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from curation.domain.access.roles import Role
from curation.domain.access.scopes import Scope
from curation.domain.errors import HarkenError, NotAllowedError
from curation.models import AuditEvent, Invitation, Membership, Project, User
from curation.queries.access.people import audit_page, projects_of
from curation.services.access.api_tokens import create_token, token_of_secret
from curation.services.access.people import accept_invitation, add_member, change_role, invite, remove_member
from curation.services.work.audit import record_event
from tests import cast

ClientOf = Callable[[User], Client]


def membership_of(user: User, project: Project) -> Membership:
    return Membership.objects.get(user=user, project=project)


def test_the_link_of_an_invitation_is_shown_once(project: Project, admin: User, client_of: ClientOf) -> None:
    browser = client_of(admin)
    page = browser.post("/p/shared/people/invite/", {"email": "new@example.org", "role": "annotator"})
    link = page.context["link"]
    assert link in page.content.decode()
    assert link not in browser.get("/p/shared/people/").content.decode()


def test_an_invitation_is_stored_without_its_token(project: Project, admin: User) -> None:
    invitation, token = invite(project=project, email="new@example.org", role=Role.ANNOTATOR, actor=admin)
    assert token not in str(Invitation.objects.filter(pk=invitation.pk).values())


def test_a_new_person_joins_by_the_link_and_is_signed_in(
    project: Project, admin: User, client: Client
) -> None:
    _, token = invite(project=project, email="new@example.org", role=Role.RESEARCHER, actor=admin)
    body = {"display_name": "Noor", "password": "a sentence to remember"}
    answer = client.post(f"/invitations/{token}/", body)
    assert answer["Location"] == "/p/shared/"
    assert Membership.objects.get(user__email="new@example.org").role == Role.RESEARCHER


def test_a_weak_password_makes_no_account(project: Project, admin: User, client: Client) -> None:
    _, token = invite(project=project, email="new@example.org", role=Role.ANNOTATOR, actor=admin)
    client.post(f"/invitations/{token}/", {"display_name": "Noor", "password": "12345"})
    assert not User.objects.filter(email="new@example.org").exists()


def test_who_has_an_account_joins_with_it(
    project: Project, admin: User, outsider: User, client_of: ClientOf
) -> None:
    _, token = invite(project=project, email=outsider.email, role=Role.ANNOTATOR, actor=admin)
    client_of(outsider).post(f"/invitations/{token}/")
    assert membership_of(outsider, project).role == Role.ANNOTATOR


def test_an_invitation_for_somebody_else_lets_nobody_in(
    project: Project, admin: User, outsider: User, client_of: ClientOf
) -> None:
    _, token = invite(project=project, email="new@example.org", role=Role.ADMIN, actor=admin)
    page = client_of(outsider).post(f"/invitations/{token}/")
    assert "another address" in page.content.decode()
    assert not Membership.objects.filter(user=outsider, project=project).exists()


def test_an_invitation_works_once(project: Project, admin: User) -> None:
    invitation, _ = invite(project=project, email="new@example.org", role=Role.ANNOTATOR, actor=admin)
    accept_invitation(invitation=invitation, display_name="Noor", password="a sentence to remember")
    with pytest.raises(HarkenError, match="was used"):
        accept_invitation(invitation=invitation, display_name="Noor", password="a sentence to remember")


@pytest.mark.parametrize(
    "change", [{"expires_at": timezone.now() + timedelta(microseconds=1)}, {"revoked_at": timezone.now()}]
)
def test_a_dead_invitation_says_so(
    project: Project, admin: User, client: Client, change: dict[str, object]
) -> None:
    invitation, token = invite(project=project, email="new@example.org", role=Role.ANNOTATOR, actor=admin)
    past = {"created_at": timezone.now() - timedelta(days=8)}
    Invitation.objects.filter(pk=invitation.pk).update(**past, **change)
    assert client.get(f"/invitations/{token}/").status_code == 410


def test_who_is_removed_becomes_an_outsider(
    project: Project, admin: User, annotator: User, client_of: ClientOf
) -> None:
    browser = client_of(annotator)
    remove_member(membership=membership_of(annotator, project), actor=admin)
    assert browser.get("/p/shared/").status_code == 404
    assert not projects_of(annotator).exists()


def test_who_comes_back_keeps_the_pseudonym(project: Project, admin: User, annotator: User) -> None:
    before = membership_of(annotator, project)
    remove_member(membership=before, actor=admin)
    again = add_member(project=project, user=annotator, role=Role.RESEARCHER, actor=admin)
    assert (again.pseudonym, again.role, again.removed_at) == (before.pseudonym, Role.RESEARCHER, None)


def test_the_tokens_of_who_is_removed_open_nothing_even_if_they_come_back(
    project: Project, admin: User, researcher: User
) -> None:
    theirs = create_token(project=project, user=researcher, name="laptop", scopes=[Scope.READ])[1]
    others = create_token(project=project, user=admin, name="laptop", scopes=[Scope.READ])[1]
    remove_member(membership=membership_of(researcher, project), actor=admin)
    add_member(project=project, user=researcher, role=Role.RESEARCHER, actor=admin)
    assert token_of_secret(theirs) is None
    assert token_of_secret(others) is not None


def test_the_last_admin_cannot_be_removed(project: Project, admin: User) -> None:
    with pytest.raises(NotAllowedError, match="last admin"):
        remove_member(membership=membership_of(admin, project), actor=admin)


def test_an_admin_who_left_does_not_count_as_another(project: Project, admin: User) -> None:
    second = membership_of(cast.make_member(project, Role.ADMIN), project)
    remove_member(membership=second, actor=admin)
    with pytest.raises(NotAllowedError, match="last admin"):
        change_role(membership=membership_of(admin, project), role=Role.ANNOTATOR, actor=admin)


def test_a_change_of_role_takes_effect_at_once(
    project: Project, admin: User, annotator: User, client_of: ClientOf
) -> None:
    address = f"/p/shared/people/{membership_of(annotator, project).uuid}/role/"
    client_of(admin).post(address, {"role": "admin"})
    assert client_of(annotator).get("/p/shared/people/").status_code == 200


def test_an_unknown_role_changes_nothing(
    project: Project, admin: User, annotator: User, client_of: ClientOf
) -> None:
    address = f"/p/shared/people/{membership_of(annotator, project).uuid}/role/"
    client_of(admin).post(address, {"role": "owner"})
    assert membership_of(annotator, project).role == Role.ANNOTATOR


def test_the_project_list_shows_ones_own_projects_alone(
    annotator: User, outsider: User, client_of: ClientOf
) -> None:
    page = client_of(annotator).get("/").content.decode()
    assert "Shared" in page
    assert "Elsewhere" not in page


def test_the_superuser_makes_a_project_and_becomes_its_admin(superuser: User, client_of: ClientOf) -> None:
    client_of(superuser).post("/projects/new/", {"name": "Support bot", "slug": "support-bot"})
    assert Membership.objects.get(project__slug="support-bot").role == Role.ADMIN


def test_the_audit_pages_hold_every_event_once(project: Project) -> None:
    for number in range(120):
        record_event(action=f"test.act_{number}", project=project)
    seen, page = [], audit_page(project)
    while True:
        seen += [event.uuid for event in page.events]
        if page.next_before is None:
            break
        page = audit_page(project, before=page.next_before)
    assert seen == list(
        AuditEvent.objects.filter(project_uuid=project.uuid).order_by("-id").values_list("uuid", flat=True)
    )


def test_the_audit_page_shows_no_other_project(project: Project, admin: User, client_of: ClientOf) -> None:
    record_event(action="secret.act", project=cast.make_project("other"))
    assert "secret.act" not in client_of(admin).get("/p/shared/audit/").content.decode()


def test_a_made_up_audit_page_is_not_found(admin: User, client_of: ClientOf) -> None:
    assert client_of(admin).get("/p/shared/audit/?before=1%27--").status_code == 404
