"""The page of the taxonomy, and criteria that a project adds to it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.permissions import Access, enter_project
from feedback_mining.domain.feedback_classes import FEEDBACK_CLASSES
from feedback_mining.domain.taxonomy import DIALOGUE_STATES, TAXONOMY_HISTORY
from feedback_mining.forms.mining import CriterionForm
from feedback_mining.models import ProjectCriterion
from feedback_mining.queries.learning import taxonomy_version
from feedback_mining.queries.taxonomy import explained_criteria
from feedback_mining.services.rubrics import add_criterion, archive_criterion


@login_required
@require_GET
def taxonomy(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Every criterion with examples, counter-examples, its count, and the words of the project's own users."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    return _page(request, access, CriterionForm())


@login_required
@require_POST
def criterion_add(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Add a criterion of the project's own."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = CriterionForm(request.POST, instance=ProjectCriterion(project=access.project))
    if not form.is_valid():
        return _page(request, access, form, status=422)
    try:
        add_criterion(criterion=form.save(commit=False), actor=access.user)
    except HarkenError as error:
        form.add_error("name", str(error))
        return _page(request, access, form, status=422)
    messages.success(request, _("The next run of a detector that asks a language model looks for it."))
    return redirect("feedback_mining:taxonomy", project_slug)


@login_required
@require_POST
def criterion_archive(request: HttpRequest, project_slug: str, criterion_uuid: str) -> HttpResponse:
    """Look for a criterion of the project's own no longer."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    standing = ProjectCriterion.objects.for_project(access.project).filter(archived_at__isnull=True)
    criterion = standing.filter(uuid=criterion_uuid).first()
    if criterion is None:
        raise Http404
    archive_criterion(criterion=criterion, actor=access.user)
    return redirect("feedback_mining:taxonomy", project_slug)


def _page(request: HttpRequest, access: Access, form: CriterionForm, *, status: int = 200) -> HttpResponse:
    context = {
        "access": access,
        "project": access.project,
        "explained": explained_criteria(access.project),
        "version": taxonomy_version(access.project),
        "history": TAXONOMY_HISTORY.items(),
        "states": DIALOGUE_STATES.items(),
        "classes": FEEDBACK_CLASSES.values(),
        "form": form,
    }
    return render(request, "feedback_mining/taxonomy.html", context, status=status)
