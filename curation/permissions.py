"""Who may do what: an outsider learns nothing (404), a member without the role is told so (403)."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from curation.domain.access.roles import RANK, Role, is_at_least
from curation.models import Membership, Project, User
from curation.models.kept_queries import kept_query


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A person inside a project; the superuser is an admin everywhere and has no membership."""

    user: User
    project: Project
    role: Role
    membership: Membership | None

    def may(self, required: Role) -> bool:
        """Return whether this person may do what `required` may."""
        return is_at_least(self.role, required)

    @property
    def is_researcher(self) -> bool:
        """Whether this person may see and change the corpus and its datasets."""
        return self.may(Role.RESEARCHER)

    @property
    def is_admin(self) -> bool:
        """Whether this person may manage people, models and runs."""
        return self.may(Role.ADMIN)


def enter_project(user: User | AnonymousUser, slug: str, *, role: Role = Role.ANNOTATOR) -> Access:
    """Return the person's access; raise Http404 for an outsider, PermissionDenied for a role too low."""
    if not isinstance(user, User) or not user.is_active:
        raise Http404
    if user.is_superuser:
        project = Project.objects.filter(slug=slug).first()
        membership = Membership.objects.current().filter(project__slug=slug, user=user).first()
        if project is None:
            raise Http404
        return Access(user=user, project=project, role=Role.ADMIN, membership=membership)
    membership = next(iter(_own_membership(slug=slug, user=user.pk)), None)
    if membership is None:
        raise Http404
    # It is the same person, whom the session has fetched already.
    membership.user = user
    access = Access(user=user, project=membership.project, role=Role(membership.role), membership=membership)
    if not access.may(role):
        raise PermissionDenied(_("This page is for a project's %(role)s.") % {"role": role_name(role)})
    return access


@kept_query
def _own_membership(slug: str, user: int) -> QuerySet[Membership]:
    mine = Membership.objects.current().filter(project__slug=slug, user=user)
    return mine.select_related("project")[:1]


def signed_in(user: User | AnonymousUser) -> User:
    """Return the person behind a session, for pages outside any project, or raise PermissionDenied."""
    if not isinstance(user, User):
        raise PermissionDenied
    return user


def role_name(role: Role) -> str:
    """Return a role as people call it, with those above it where there are any."""
    above = [other.value for other in Role if RANK[other] >= RANK[role]]
    return " or ".join(above)


def may_create_projects(user: User) -> bool:
    """Return whether this person may make a project."""
    return user.is_superuser
