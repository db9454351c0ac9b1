"""Tokens of the API: made by whoever uses them, shown once, revoked by their person or an admin."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from curation.domain.access.roles import Role
from curation.domain.access.scopes import Scope
from curation.forms.tokens import TokenForm
from curation.permissions import enter_project
from curation.queries.access.tokens import standing_tokens, token_of
from curation.services.access.api_tokens import create_token, revoke_token


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def token_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show one's tokens, and make one: its secret is on this answer and nowhere else."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form, secret = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        _token, secret = create_token(
            project=access.project,
            user=access.user,
            name=given["name"],
            scopes=map(Scope, given["scopes"]),
            days=given["days"],
        )
        form = TokenForm()
    tokens = standing_tokens(access.project, user=access.user, everybody=access.is_admin)
    context = {"access": access, "project": access.project, "form": form, "secret": secret, "tokens": tokens}
    return render(request, "curation/token_list.html", context)


@login_required
@require_POST
def token_revoke(request: HttpRequest, project_slug: str, token_uuid: UUID) -> HttpResponse:
    """End a token."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    token = token_of(access.project, token_uuid, user=access.user, everybody=access.is_admin)
    if token is None:
        raise Http404
    revoke_token(token=token, actor=access.user)
    messages.success(request, _("The token is revoked: it opens nothing any more."))
    return redirect("curation:token_list", project_slug)
