"""Recipes before the freeze: a live preview, and the evaluation sets that they keep apart from."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.domain.versions.recipes import parse_recipe
from curation.forms.datasets import EvaluationTextForm
from curation.forms.recipes import RecipeForm
from curation.models import Job
from curation.permissions import Access, enter_project
from curation.queries.versions.evaluation_sets import evaluation_references
from curation.queries.versions.recipe_previews import preview_job, preview_of
from curation.services.versions.evaluation_texts import save_evaluation_text
from curation.services.versions.previews import preview_recipe


@login_required
@require_POST
def recipe_preview(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show what the recipe of a form would make of the corpus, before it is saved."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = RecipeForm(request.POST)
    if not form.is_valid():
        return _shown(request, access, None, form=form)
    recipe = parse_recipe(form.cleaned_data["document"])
    return _shown(request, access, preview_recipe(project=access.project, recipe=recipe, actor=access.user))


@login_required
@require_safe
def recipe_preview_result(request: HttpRequest, project_slug: str, job_uuid: UUID) -> HttpResponse:
    """Show a preview that is on its way, or its result."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    job = preview_job(access.project, job_uuid)
    if job is None:
        raise Http404
    return _shown(request, access, job)


@login_required
@require_http_methods(["GET", "POST"])
def evaluation_texts(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Upload the texts of an evaluation set; the list says how recipes name each set."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = EvaluationTextForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        name, file = form.cleaned_data["name"], form.cleaned_data["file"]
        try:
            saved = save_evaluation_text(
                project=access.project, name=name, content=file.read(), actor=access.user
            )
        except HarkenError as error:
            form.add_error("file", str(error))
        else:
            words = _("Recipes name it texts:%(name)s. It has %(count)s texts.")
            messages.success(request, words % {"name": saved.name, "count": f"{len(saved.texts):,}"})
            return redirect("curation:evaluation_texts", project_slug)
    references = evaluation_references(access.project)
    context = {"access": access, "project": access.project, "form": form, "references": references}
    return render(request, "curation/evaluation_texts.html", context)


def _shown(
    request: HttpRequest, access: Access, job: Job | None, *, form: RecipeForm | None = None
) -> HttpResponse:
    context = {
        "access": access,
        "project": access.project,
        "job": job,
        "form": form,
        "preview": preview_of(job) if job is not None else None,
    }
    is_fragment = request.htmx  # type: ignore[attr-defined]
    name = "curation/_recipe_preview.html" if is_fragment else "curation/recipe_preview.html"
    return render(request, name, context)
