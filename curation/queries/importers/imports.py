"""Reads about imports: batches, what became of their records, and what was quarantined and why."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Min, Sum

from curation.models import ImportBatch, Project, QuarantinedRecord

IMPORT_PAGE = 30
QUARANTINE_PAGE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFor:
    """How many records were refused for one reason, with the sentence of the first of them."""

    code: str
    records: int
    example: str


def reasons_of(batch: ImportBatch) -> list[RefusedFor]:
    """Return why records of a batch were refused, the most frequent reason first, in two queries."""
    found = list(
        batch.quarantined_records.values("reason").annotate(records=Sum("unit_count"), first=Min("id"))
    )
    sentences = dict(
        QuarantinedRecord.objects.filter(pk__in=[row["first"] for row in found]).values_list("id", "sentence")
    )
    reasons = [
        RefusedFor(code=row["reason"], records=row["records"], example=sentences[row["first"]])
        for row in found
    ]
    return sorted(reasons, key=lambda reason: -reason.records)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage:
    """A page of imports, newest first, and the import before which the next page begins."""

    batches: list[ImportBatch]
    next_before: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinePage:
    """A page of refused records in the order of the file, and the record after which the next page begins."""

    records: list[QuarantinedRecord]
    next_after: UUID | None


def import_page(project: Project, *, before: UUID | None = None) -> ImportPage:
    """Return one page of a project's imports with their jobs."""
    found = ImportBatch.objects.for_project(project).select_related("job", "created_by").order_by("-id")
    if before is not None:
        found = found.filter(id__lt=ImportBatch.objects.filter(uuid=before).values("id")[:1])
    rows = list(found[: IMPORT_PAGE + 1])
    shown = rows[:IMPORT_PAGE]
    return ImportPage(batches=shown, next_before=shown[-1].uuid if len(rows) > IMPORT_PAGE else None)


def import_of(project: Project, uuid: UUID) -> ImportBatch | None:
    """Return an import with its job."""
    found = ImportBatch.objects.for_project(project).filter(uuid=uuid)
    return found.select_related("project", "job", "created_by").first()


def newest_unfinished_import(project: Project) -> ImportBatch | None:
    """Return the newest import that still runs or waits, for pages that show its progress."""
    waiting = ImportBatch.objects.for_project(project).filter(
        job__finished_at__isnull=True, job__isnull=False
    )
    return waiting.select_related("project", "job").order_by("-id").first()


def quarantine_page(batch: ImportBatch, *, after: UUID | None = None) -> QuarantinePage:
    """Return one page of what an import refused."""
    found = QuarantinedRecord.objects.filter(batch=batch).order_by("id")
    if after is not None:
        found = found.filter(id__gt=QuarantinedRecord.objects.filter(uuid=after).values("id")[:1])
    rows = list(found[: QUARANTINE_PAGE + 1])
    shown = rows[:QUARANTINE_PAGE]
    return QuarantinePage(records=shown, next_after=shown[-1].uuid if len(rows) > QUARANTINE_PAGE else None)
