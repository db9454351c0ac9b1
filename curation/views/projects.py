"""Projects: the list, a new one, the home and the settings."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from curation.domain.access.roles import Role
from curation.forms.people import ProjectForm, ProjectSettingsForm
from curation.permissions import enter_project, may_create_projects, signed_in
from curation.queries.access.people import projects_of
from curation.services.access.people import create_project, update_project


@login_required
@require_safe
def project_list(request: HttpRequest) -> HttpResponse:
    """Show the projects that the person may enter."""
    return render(request, "curation/project_list.html", {"projects": projects_of(signed_in(request.user))})


@login_required
@require_safe
def project_menu(request: HttpRequest) -> HttpResponse:
    """Show the same projects as the menu of the header."""
    context = {
        "projects": projects_of(signed_in(request.user))[:30],
        "current": request.GET.get("current", ""),
    }
    return render(request, "curation/_project_menu_entries.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def project_create(request: HttpRequest) -> HttpResponse:
    """Make a project: the superuser's act."""
    person = signed_in(request.user)
    if not may_create_projects(person):
        raise PermissionDenied(_("Only the site's superuser makes projects."))
    form = ProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        project = create_project(slug=form.instance.slug, name=form.instance.name, creator=person)
        return redirect("curation:project_home", project.slug)
    return render(request, "curation/project_create.html", {"form": form})


@login_required
@require_safe
def project_home(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show where the project stands, from panels that each app fills."""
    access = enter_project(request.user, project_slug)
    template = (
        "curation/project_home.html" if access.is_researcher else "curation/project_home_annotator.html"
    )
    return render(request, template, {"access": access, "project": access.project})


@login_required
@require_http_methods(["GET", "POST"])
def project_settings(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Change a project's name, description and retention."""
    access = enter_project(request.user, project_slug, role=Role.ADMIN)
    form = ProjectSettingsForm(request.POST or None, instance=access.project)
    if request.method == "POST" and form.is_valid():
        update_project(project=form.instance, actor=access.user)
        messages.success(request, _("The settings are saved."))
        return redirect("curation:project_settings", access.project.slug)
    context = {"access": access, "project": access.project, "form": form}
    return render(request, "curation/project_settings.html", context)
