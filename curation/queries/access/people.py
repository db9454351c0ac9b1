"""Reads about projects, their people and what they did."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.utils import timezone

from curation.domain.access.roles import Role
from curation.domain.access.tokens import token_hash
from curation.models import AuditEvent, Invitation, Membership, Project, User

AUDIT_PAGE = 50


def projects_of(user: User) -> QuerySet[Project]:
    """Return the projects that a person may enter, each with the `role` there, by name."""
    if user.is_superuser:
        return Project.objects.annotate(role=Value(Role.ADMIN.value)).order_by("name", "id")
    mine = Membership.objects.current().filter(user=user)
    role = Subquery(mine.filter(project=OuterRef("pk")).values("role"))
    return Project.objects.filter(pk__in=mine.values("project")).annotate(role=role).order_by("name", "id")


def only_project_of(user: User) -> Project | None:
    """Return a person's project where there is exactly one, else None."""
    first_two = list(projects_of(user)[:2])
    return first_two[0] if len(first_two) == 1 else None


def members_of(project: Project) -> QuerySet[Membership]:
    """Return the people of a project, in the order in which they came."""
    return Membership.objects.current().for_project(project).select_related("user").order_by("id")


def open_invitations_of(project: Project) -> QuerySet[Invitation]:
    """Return the invitations that somebody may still accept, newest first."""
    waiting = Invitation.objects.for_project(project).filter(
        accepted_at__isnull=True, revoked_at__isnull=True
    )
    return waiting.filter(expires_at__gt=timezone.now()).select_related("invited_by").order_by("-id")


def invitation_of_token(token: str) -> Invitation | None:
    """Return the invitation that this link still opens, or None."""
    found = Invitation.objects.select_related("project").filter(token_sha256=token_hash(token)).first()
    if found is None or found.accepted_at or found.revoked_at or found.expires_at < timezone.now():
        return None
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """One page of the trail, newest first, and the event after which the next page begins."""

    events: list[AuditEvent]
    next_before: UUID | None


def audit_page(project: Project, *, before: UUID | None = None) -> AuditPage:
    """Return the events older than `before`, at most a page of them."""
    events = AuditEvent.objects.filter(project_uuid=project.uuid).order_by("-id")
    if before is not None:
        events = events.filter(id__lt=AuditEvent.objects.filter(uuid=before).values("id"))
    found = list(events[: AUDIT_PAGE + 1])
    shown = found[:AUDIT_PAGE]
    return AuditPage(events=shown, next_before=shown[-1].uuid if len(found) > AUDIT_PAGE else None)
