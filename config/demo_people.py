"""The people of the demo: one account for each role, opened by one-time links."""

from django.urls import reverse

from curation.domain.roles import Role
from curation.models import Project, User
from curation.services.people import add_member
from curation.services.sign_in import sign_in_path


def sign_in_links(project: Project) -> dict[str, str]:
    """Return the path of a fresh one-time sign-in link for each role."""
    return {role.value: _link(_person(project, role)) for role in Role}


def _person(project: Project, role: Role) -> User:
    email = f"{role.value}@example.org"
    user = User.objects.filter(email=email).first() or User.objects.create_user(
        email, display_name=f"Demo {role.value}"
    )
    add_member(project=project, user=user, role=role)
    return user


def _link(user: User) -> str:
    uid, token = sign_in_path(user=user).split("/")
    return reverse("curation:sign_in_link", args=[uid, token])
