"""Reads about tokens of the API."""

from uuid import UUID

from curation.models import ApiToken, Project, User


def standing_tokens(project: Project, *, user: User, everybody: bool) -> list[ApiToken]:
    """Return a person's tokens that were not revoked, newest first; an admin sees everybody's."""
    rows = ApiToken.objects.for_project(project).filter(revoked_at__isnull=True).select_related("user")
    return list((rows if everybody else rows.filter(user=user)).order_by("-id"))


def token_of(project: Project, uuid: UUID, *, user: User, everybody: bool) -> ApiToken | None:
    """Return a token that this person may revoke."""
    return next((t for t in standing_tokens(project, user=user, everybody=everybody) if t.uuid == uuid), None)
