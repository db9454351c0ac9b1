"""The people of a project, their invitations, and the trail of what they did."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.forms.people import InvitePersonForm, RoleForm
from curation.permissions import Access, enter_project
from curation.queries.access.people import audit_page, members_of, open_invitations_of
from curation.services.access.people import change_role, invite, remove_member, revoke_invitation


@login_required
@require_safe
def people(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show the members and the invitations that are still open."""
    access = enter_project(request.user, project_slug, role=Role.ADMIN)
    return render(request, "curation/people.html", _people_context(access, InvitePersonForm()))


@login_required
@require_POST
def invite_person(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Make an invitation and show its link, this once."""
    access = enter_project(request.user, project_slug, role=Role.ADMIN)
    form = InvitePersonForm(request.POST)
    if not form.is_valid():
        return render(request, "curation/people.html", _people_context(access, form), status=422)
    email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
    invitation, token = invite(project=access.project, email=email, role=role, actor=access.user)
    link = request.build_absolute_uri(reverse("curation:invitation", args=[token]))
    context = {**_people_context(access, InvitePersonForm()), "link": link, "invited": invitation}
    return render(request, "curation/people.html", context)


@login_required
@require_POST
def change_member_role(request: HttpRequest, project_slug: str, membership_uuid: UUID) -> HttpResponse:
    """Give a member another role."""
    access = enter_project(request.user, project_slug, role=Role.ADMIN)
    membership = get_object_or_404(members_of(access.project), uuid=membership_uuid)
    form = RoleForm(request.POST)
    if form.is_valid():
        try:
            change_role(membership=membership, role=Role(form.cleaned_data["role"]), actor=access.user)
        except HarkenError as error:
            messages.error(request, str(error))
    return redirect("curation:people", project_slug)


@login_required
@require_POST
def remove_person(request: HttpRequest, project_slug: str, membership_uuid: UUID) -> HttpResponse:
    """Close the project to a member."""
    access = enter_project(request.user, project_slug, role=Role.ADMIN)
    membership = get_object_or_404(members_of(access.project), uuid=membership_uuid)
    try:
        remove_member(membership=membership, actor=access.user)
    except HarkenError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, _("%(person)s may not enter the project any more.") % {"person": membership.user}
        )
    return redirect("curation:people", project_slug)


@login_required
@require_POST
def withdraw_invitation(request: HttpRequest, project_slug: str, invitation_uuid: UUID) -> HttpResponse:
    """Make an invitation's link useless."""
    access = enter_project(request.user, project_slug, role=Role.ADMIN)
    invitation = get_object_or_404(open_invitations_of(access.project), uuid=invitation_uuid)
    revoke_invitation(invitation=invitation, actor=access.user)
    messages.success(request, _("The invitation is withdrawn: its link does not work any more."))
    return redirect("curation:people", project_slug)


@login_required
@require_safe
def audit(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show who did what, newest first."""
    access = enter_project(request.user, project_slug, role=Role.ADMIN)
    page = audit_page(access.project, before=_page_start(request))
    context = {"access": access, "project": access.project, "page": page}
    return render(request, "curation/audit.html", context)


def _page_start(request: HttpRequest) -> UUID | None:
    """Return the event before which the page begins, or None for the newest page."""
    try:
        return UUID(request.GET["before"]) if "before" in request.GET else None
    except ValueError as error:
        raise Http404 from error


def _people_context(access: Access, form: InvitePersonForm) -> dict[str, object]:
    return {
        "access": access,
        "project": access.project,
        "form": form,
        "members": members_of(access.project),
        "invitations": open_invitations_of(access.project),
        "roles": form.fields["role"].choices,  # type: ignore[attr-defined]
    }
