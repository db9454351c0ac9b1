"""Datasets: recipes, frozen versions, their rows, and the files that leave the house."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.domain.versions.recipes import SOURCES, parse_recipe
from curation.forms.datasets import DatasetForm
from curation.forms.measures import MeasureUseForm
from curation.models import Dataset, DatasetRow, DatasetVersion
from curation.permissions import Access, enter_project
from curation.queries.corpus.preferences import confirmation_of_mined_pairs
from curation.queries.exporters.exports import exports_of
from curation.queries.scoring.measures import measure_of
from curation.queries.versions.datasets import (
    dataset_of,
    dataset_summaries,
    frozen_versions,
    newest_version,
    row_page,
    unfinished_freeze,
    version_of,
    withdrawn_row_count,
)
from curation.queries.versions.funnel import corpus_funnel
from curation.services.versions.datasets import ask_for_freeze, change_recipe, create_dataset
from curation.views.parameters import number_parameter

ENDINGS = ((".jsonl", "JSON Lines"), (".parquet", "Parquet"))


@login_required
@require_safe
def dataset_list(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show the project's datasets with their newest versions."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    context = {"access": access, "project": access.project, "datasets": dataset_summaries(access.project)}
    return render(request, "curation/dataset_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def dataset_create(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Name a dataset and write its recipe."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    form = DatasetForm(request.POST or None, initial=_beginning(request, access))
    if request.method == "POST" and form.is_valid():
        name, recipe = form.cleaned_data["name"], form.cleaned_data["document"]
        try:
            dataset = create_dataset(project=access.project, name=name, recipe=recipe, actor=access.user)
        except HarkenError as error:
            form.add_error("name", str(error))
        else:
            return redirect("curation:dataset_detail", project_slug, dataset.uuid)
    context = {"access": access, "project": access.project, "form": form, "dataset": None}
    return render(request, "curation/dataset_recipe.html", context)


def _beginning(request: HttpRequest, access: Access) -> dict[str, Any]:
    """Return what a new recipe begins with where a measure's page, or one that names sources, sent the person here."""
    asked = MeasureUseForm(request.GET)
    scorer = measure_of(access.project, asked.uuid) if asked.is_valid() else None
    if scorer is not None:
        return asked.beginning(scorer)
    sources = [name for name in request.GET.getlist("sources") if name in SOURCES]
    return {"sources": sources} if sources else {}


@login_required
@require_http_methods(["GET", "POST"])
def dataset_recipe(request: HttpRequest, project_slug: str, dataset_uuid: UUID) -> HttpResponse:
    """Change a dataset's recipe; versions that are frozen keep theirs."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    dataset = _dataset_of(access, dataset_uuid)
    form = DatasetForm(request.POST or None, stored=parse_recipe(dataset.recipe))
    if request.method == "POST" and form.is_valid():
        change_recipe(dataset=dataset, recipe=form.cleaned_data["document"], actor=access.user)
        messages.success(request, _("The recipe is saved. The next version follows it."))
        return redirect("curation:dataset_detail", project_slug, dataset.uuid)
    context = {"access": access, "project": access.project, "form": form, "dataset": dataset}
    return render(request, "curation/dataset_recipe.html", context)


@login_required
@require_safe
def dataset_detail(request: HttpRequest, project_slug: str, dataset_uuid: UUID) -> HttpResponse:
    """Show a dataset: its recipe, its versions, and the freeze that is on its way."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    dataset = _dataset_of(access, dataset_uuid)
    context = {
        "access": access,
        "project": access.project,
        "dataset": dataset,
        "recipe": parse_recipe(dataset.recipe),
        "versions": frozen_versions(dataset),
        "job": unfinished_freeze(dataset),
    }
    return render(request, "curation/dataset_detail.html", context)


@login_required
@require_POST
def dataset_freeze(request: HttpRequest, project_slug: str, dataset_uuid: UUID) -> HttpResponse:
    """Freeze the next version in the background."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    dataset = _dataset_of(access, dataset_uuid)
    job = ask_for_freeze(dataset=dataset, actor=access.user, then_export=True)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "curation/_job_progress.html", {"access": access, "job": job})
    return redirect("curation:dataset_detail", project_slug, dataset.uuid)


@login_required
@require_safe
def version_detail(request: HttpRequest, project_slug: str, version_uuid: UUID) -> HttpResponse:
    """Show a version: its manifest, its files, and its rows side by side."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    version = _version_of(access, version_uuid)
    split = _split_of(request)
    context = {
        "access": access,
        "project": access.project,
        "version": version,
        "split": split,
        "splits": DatasetRow.Split.choices,
        "withdrawn": withdrawn_row_count(version) if version.withdrawn_in_part_at else 0,
        "exports": exports_of(version),
        "endings": ENDINGS,
        "file_name": f"{version.dataset.name}-{version.number}.jsonl",
        "page": row_page(version, split=split, after=number_parameter(request, "after", default=-1)),
    }
    return render(request, "curation/version_detail.html", context)


@login_required
@require_safe
def download_card(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show the newest version's download, how to load it, and how far people confirm it."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    version = newest_version(access.project)
    context = {
        "access": access,
        "version": version,
        "exports": exports_of(version) if version else [],
        "file_name": f"{version.dataset.name}-{version.number}.jsonl" if version else "",
        "confirmation": confirmation_of_mined_pairs(access.project),
    }
    return render(request, "curation/_download_card.html", context)


@login_required
@require_safe
def funnel(request: HttpRequest, project_slug: str) -> HttpResponse:
    """Show what became of the conversations, stage by stage; other apps fill in theirs."""
    access = enter_project(request.user, project_slug, role=Role.RESEARCHER)
    return render(
        request, "curation/_funnel.html", {"access": access, "funnel": corpus_funnel(access.project)}
    )


def _dataset_of(access: Access, uuid: UUID) -> Dataset:
    dataset = dataset_of(access.project, uuid)
    if dataset is None:
        raise Http404
    return dataset


def _version_of(access: Access, uuid: UUID) -> DatasetVersion:
    version = version_of(access.project, uuid)
    if version is None:
        raise Http404
    return version


def _split_of(request: HttpRequest) -> str | None:
    split = request.GET.get("split", "")
    return split if split in DatasetRow.Split.values else None
