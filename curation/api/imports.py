"""Imports: a file is sent, a worker reads it."""

from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest
from ninja import File, Form, Path, Router, Schema
from ninja.errors import HttpError
from ninja.files import UploadedFile

from curation.api.authentication import enter
from curation.api.schemas import PROBLEMS, ImportOut, ImportPage, PlainText, Problem
from curation.domain.access.scopes import Scope
from curation.importers import IMPORTERS
from curation.models import ImportBatch
from curation.queries.importers.imports import import_of, import_page
from curation.services.importers.imports import AUTO, import_upload
from curation.services.importers.pushes import accept_push

router = Router(tags=["imports"])
PUSH_BODY: dict[str, Any] = {
    "requestBody": {"content": {"application/json": {"schema": {}}, "application/x-ndjson": {"schema": {}}}}
}


class ImportIn(Schema):
    """How a file is to be read, and the rights that it comes with."""

    format: str = AUTO
    licence: PlainText = ""
    consent: PlainText = ""


class PushOut(Schema):
    """What became of a push."""

    batch: UUID
    format: str
    read: int
    imported: int
    duplicates: int
    quarantined: int
    conversations: int
    reasons: dict[str, int]


@router.post("/imports", response={202: ImportOut, 413: Problem, **PROBLEMS})
def start_import(
    request: HttpRequest, slug: Path[str], file: File[UploadedFile], options: Form[ImportIn]
) -> tuple[int, ImportBatch]:
    """Send a file and have it imported; its job says how far it is."""
    caller = enter(request, slug, scope=Scope.IMPORT)
    if (file.size or 0) > settings.HARKEN_UPLOAD_MAX_BYTES:
        raise HttpError(413, f"A file may hold {settings.HARKEN_UPLOAD_MAX_BYTES:,} bytes at most.")
    rights = {"licence": options.licence[:120], "consent": options.consent[:200]}
    job = import_upload(
        project=caller.project, upload=file, actor=caller.user, format_name=options.format, rights=rights
    )
    return 202, job.import_batch


@router.post("/push/{format_name}", response={200: PushOut, **PROBLEMS}, openapi_extra=PUSH_BODY)
def push(request: HttpRequest, slug: Path[str], format_name: str) -> dict[str, Any]:
    """Store what a tracing tool or a chat interface sends, at once and exactly once.

    The body is what the tool writes. The same `Idempotency-Key` again changes nothing; without one, the same content
    is known by its hash.
    """
    caller = enter(request, slug, scope=Scope.IMPORT)
    key = request.headers.get("Idempotency-Key") or f"sha256:{sha256(request.body).hexdigest()}"
    return accept_push(
        project=caller.project,
        format_name=format_name,
        content=request.body,
        idempotency_key=key,
        actor=caller.user,
    )


@router.get("/imports", response={200: ImportPage, **PROBLEMS})
def list_imports(request: HttpRequest, slug: Path[str], before: UUID | None = None) -> dict[str, Any]:
    """Return the imports, newest first."""
    caller = enter(request, slug, scope=Scope.READ)
    page = import_page(caller.project, before=before)
    return {"items": page.batches, "next": page.next_before and str(page.next_before)}


@router.get("/imports/formats", response={200: list[str], **PROBLEMS})
def list_formats(request: HttpRequest, slug: Path[str]) -> list[str]:
    """Return the names of the formats that are read."""
    enter(request, slug, scope=Scope.READ)
    return sorted(IMPORTERS)


@router.get("/imports/{uuid}", response={200: ImportOut, **PROBLEMS})
def one_import(request: HttpRequest, slug: Path[str], uuid: UUID) -> ImportBatch:
    """Return what became of an import's records."""
    batch = import_of(enter(request, slug, scope=Scope.READ).project, uuid)
    if batch is None:
        raise Http404
    return batch
