"""Datasets: recipes, frozen versions, their rows, and the files that leave the house."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from ninja import Path, Query, Router

from curation.api.authentication import Caller, enter
from curation.api.schemas import (
    PROBLEMS,
    DatasetIn,
    DatasetName,
    DatasetOut,
    ExportIn,
    FormatOut,
    JobOut,
    RowPageOut,
    RowsAsked,
    VersionOut,
    VersionWithManifest,
)
from curation.domain.access.scopes import Scope
from curation.exporters import EXPORTERS, load_exporter
from curation.models import Dataset, DatasetRow, DatasetVersion, Job
from curation.queries.versions.datasets import (
    dataset_named,
    dataset_summaries,
    frozen_versions,
    row_page,
    version_of,
)
from curation.queries.work.jobs import job_of
from curation.services.exporters.export_requests import ExportRequest
from curation.services.exporters.exports import open_export, opened_export
from curation.services.versions.datasets import ask_for_freeze, ensure_dataset
from curation.views.ranges import download_response

router = Router(tags=["datasets"])


@router.get("/datasets", response={200: list[DatasetOut], **PROBLEMS})
def list_datasets(request: HttpRequest, slug: Path[str]) -> list[Dataset]:
    """Return the datasets by name."""
    caller = enter(request, slug, scope=Scope.READ)
    return [summary.dataset for summary in dataset_summaries(caller.project)]


@router.put("/datasets/{name}", response={200: DatasetOut, **PROBLEMS})
def write_dataset(
    request: HttpRequest, slug: Path[str], name: Path[DatasetName], given: DatasetIn
) -> Dataset:
    """Make a dataset, or change the recipe of the one that has this name; frozen versions keep theirs."""
    caller = enter(request, slug, scope=Scope.DATASETS)
    return ensure_dataset(project=caller.project, name=name, recipe=given.recipe, actor=caller.user)


@router.get("/datasets/{name}/versions", response={200: list[VersionOut], **PROBLEMS})
def list_versions(request: HttpRequest, slug: Path[str], name: Path[DatasetName]) -> list[DatasetVersion]:
    """Return the frozen versions of a dataset, newest first."""
    return frozen_versions(_dataset(enter(request, slug, scope=Scope.READ), name))


@router.post("/datasets/{name}/versions", response={202: JobOut, **PROBLEMS})
def freeze(request: HttpRequest, slug: Path[str], name: Path[DatasetName]) -> tuple[int, Job]:
    """Have the next version frozen; the job's result names it."""
    caller = enter(request, slug, scope=Scope.DATASETS)
    return 202, ask_for_freeze(dataset=_dataset(caller, name), actor=caller.user)


@router.get("/versions/{uuid}", response={200: VersionWithManifest, **PROBLEMS})
def one_version(request: HttpRequest, slug: Path[str], uuid: UUID) -> DatasetVersion:
    """Return a version with its recipe and its manifest."""
    return _version(enter(request, slug, scope=Scope.READ), uuid)


@router.get("/versions/{uuid}/rows", response={200: RowPageOut, **PROBLEMS})
def list_rows(request: HttpRequest, slug: Path[str], uuid: UUID, asked: Query[RowsAsked]) -> dict[str, Any]:
    """Return rows in their order, withdrawn ones without text."""
    version = _version(enter(request, slug, scope=Scope.EXPORT), uuid)
    page = row_page(version, split=asked.split, after=asked.after, limit=asked.limit)
    following = None if page.next_after is None else str(page.next_after)
    return {"items": [_row(row) for row in page.rows], "next": following}


@router.get("/exports/formats", response={200: list[FormatOut], **PROBLEMS})
def list_formats(request: HttpRequest, slug: Path[str]) -> list[dict[str, Any]]:
    """Return the formats that versions are written in."""
    enter(request, slug, scope=Scope.READ)
    exporters = [load_exporter(name) for name in sorted(EXPORTERS)]
    return [
        {"name": each.name, "title": str(each.title), "endings": list(each.endings)} for each in exporters
    ]


@router.post("/versions/{uuid}/exports", response={202: JobOut, **PROBLEMS})
def export(request: HttpRequest, slug: Path[str], uuid: UUID, given: ExportIn) -> tuple[int, Job]:
    """Have a version written to a file; when the job has ended well, the file can be fetched under its id."""
    caller = enter(request, slug, scope=Scope.EXPORT)
    version = _version(caller, uuid)
    wanted = ExportRequest(
        format_name=given.format,
        ending=given.ending,
        splits=tuple(given.splits),
        is_bundle=given.bundle,
        max_tokens=given.max_tokens,
        mask_personal_data=given.mask_personal_data,
    )
    return 202, open_export(version=version, actor=caller.user, wanted=wanted)


@router.get("/exports/{uuid}/file", response={200: None, 206: None, 416: None, **PROBLEMS})
def export_file(request: HttpRequest, slug: Path[str], uuid: UUID) -> HttpResponseBase:
    """Return the file of an export that has ended well, or the part of it that a Range asks for."""
    job = job_of(enter(request, slug, scope=Scope.EXPORT).project, uuid)
    file = opened_export(job) if job is not None else None
    if job is None or file is None:
        raise Http404
    made = job.result
    return download_response(
        request, file, size=made["bytes"], sha256=made["sha256"], file_name=made["file_name"]
    )


def _dataset(caller: Caller, name: str) -> Dataset:
    found = dataset_named(caller.project, name)
    if found is None:
        raise Http404
    return found


def _version(caller: Caller, uuid: UUID) -> DatasetVersion:
    found = version_of(caller.project, uuid)
    if found is None:
        raise Http404
    return found


def _row(row: DatasetRow) -> dict[str, Any]:
    text = row.snapshot
    return {
        "id": str(row.uuid),
        "position": row.position,
        "split": row.split,
        "decided_by": row.decided_by,
        "source": row.source,
        "confidence": row.confidence,
        "is_tie": row.is_tie,
        "strength": row.strength,
        "prompt": text.prompt,
        "rejected_prompt": text.rejected_prompt,
        "chosen": text.chosen,
        "rejected": text.rejected,
        "is_withdrawn": text.withdrawn_at is not None,
    }
