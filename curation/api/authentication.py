"""Who asks: a token opens one project, for its scopes, and no more than its person may there."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from ninja.errors import HttpError
from ninja.security import HttpBearer

from curation.domain.access.roles import Role
from curation.domain.access.scopes import Scope
from curation.models import ApiToken, Project, User
from curation.permissions import enter_project
from curation.services.access.api_tokens import token_of_secret


class TokenBearer(HttpBearer):
    """`Authorization: Bearer hkn_…`."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        """Return the token's row, or None, which answers 401."""
        return token_of_secret(token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A person who came with a token into the project that it opens."""

    user: User
    project: Project
    token: ApiToken


def enter(request: Any, slug: str, *, scope: Scope, role: Role = Role.RESEARCHER) -> Caller:
    """Return the caller; a project that the token does not open is not found, a scope it lacks is named (403)."""
    token: ApiToken = request.auth
    if token.project.slug != slug:
        raise Http404
    access = enter_project(token.user, slug, role=role)
    if scope not in token.scopes:
        raise HttpError(403, f"This token is not for '{scope}'. It is for: {', '.join(token.scopes)}.")
    return Caller(user=token.user, project=access.project, token=token)
