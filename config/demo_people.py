"""The people of the demo: one account for each role, opened by one-time links."""

from django.urls import reverse

from curation.domain.access.roles import Role
from curation.models import Project, User
from curation.services.access.people import add_member, create_project
from curation.services.access.sign_in import sign_in_path

OWN_SLUG = "my-chats"


def sign_in_links(project: Project) -> dict[str, str]:
    """Return the path of a fresh one-time sign-in link for each role, which leads to the project."""
    return {role.value: _link(_person(project, role), to=project) for role in Role}


def ensure_own_project() -> Project:
    """Return an empty project beside the demo, for a chat log of one's own, with the same people."""
    found = Project.objects.filter(slug=OWN_SLUG).first()
    if found is not None:
        return found
    project = create_project(slug=OWN_SLUG, name="My chats")
    for role in Role:
        _person(project, role)
    return project


def _person(project: Project, role: Role) -> User:
    email = f"{role.value}@example.org"
    user = User.objects.filter(email=email).first() or User.objects.create_user(
        email, display_name=f"Demo {role.value}"
    )
    add_member(project=project, user=user, role=role)
    return user


def _link(user: User, *, to: Project) -> str:
    uid, token = sign_in_path(user=user).split("/")
    home = reverse("curation:project_home", args=[to.slug])
    return f"{reverse('curation:sign_in_link', args=[uid, token])}?next={home}"
