"""Reads about datasets, their versions and their rows."""

import re
from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from curation.domain.dataset_rows import DatasetRowRecord
from curation.domain.errors import HarkenError
from curation.models import DatasetRow, DatasetVersion, Project

# Rows fetched at once by whoever streams a version.
STREAM_ROWS = 500
ROW_PAGE = 10

_REFERENCE = re.compile(r"(?P<name>[^@]+)@(?P<number>\d{1,9})")


def find_version(project: Project, reference: str) -> DatasetVersion:
    """Return the frozen version that `name@number` names; raises HarkenError with the known ones."""
    versions = DatasetVersion.objects.for_project(project).filter(frozen_at__isnull=False)
    named = _REFERENCE.fullmatch(reference)
    if named is not None:
        found = versions.filter(dataset__name=named["name"], number=int(named["number"]))
        if version := found.select_related("dataset", "project").first():
            return version
    newest = [str(version) for version in versions.select_related("dataset").order_by("-id")[:10]]
    known = _("Known: %(names)s.") % {"names": ", ".join(newest)} if newest else _("Freeze a dataset first.")
    raise HarkenError(
        _("%(project)s has no frozen version %(reference)s. A version is written name@number. %(known)s")
        % {"reference": reference, "project": project.slug, "known": known}
    )


def version_rows(version: DatasetVersion, *, split: str | None = None) -> Iterator[DatasetRowRecord]:
    """Yield the rows of a version, or of one split of it, in their order and in constant memory.

    A row whose conversation was withdrawn is left out.
    """
    rows = readable_rows(version, split=split)
    last = -1
    while page := list(rows.filter(position__gt=last)[:STREAM_ROWS]):
        yield from map(_record_of, page)
        last = page[-1].position


def readable_rows(version: DatasetVersion, *, split: str | None = None) -> QuerySet[DatasetRow]:
    """Return the rows whose text is still there, with it, in their order."""
    rows = DatasetRow.objects.filter(version=version, snapshot__withdrawn_at__isnull=True)
    if split is not None:
        rows = rows.filter(split=split)
    return rows.select_related("snapshot").order_by("position")


def _record_of(row: DatasetRow) -> DatasetRowRecord:
    return DatasetRowRecord(
        id=str(row.uuid),
        prompt=_turns(row.snapshot.prompt),
        chosen=_turns(row.snapshot.chosen),
        rejected=_turns(row.snapshot.rejected),
        decided_by=row.decided_by,
        source=row.source,
        split=row.split,
        score=row.confidence,
    )


def _turns(messages: list[dict[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((message["role"], message["content"]) for message in messages)
