"""Reads about datasets, their versions and their rows."""

import re
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import Dataset, DatasetRow, DatasetVersion, Job, Project

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


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSummary:
    """A dataset as the list shows it."""

    dataset: Dataset
    versions: int
    newest: DatasetVersion | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPage:
    """Some rows of a version with their text, and the position after which the next page begins."""

    rows: list[DatasetRow]
    next_after: int | None


def dataset_summaries(project: Project) -> list[DatasetSummary]:
    """Return the project's datasets by name, each with its newest version, in two queries."""
    datasets = list(
        Dataset.objects.for_project(project)
        .filter(archived_at__isnull=True)
        .annotate(
            versions_made=Count("versions", filter=Q(versions__frozen_at__isnull=False)),
            newest_id=Max("versions__id", filter=Q(versions__frozen_at__isnull=False)),
        )
        .order_by("name")
    )
    newest = DatasetVersion.objects.in_bulk([each.newest_id for each in datasets if each.newest_id])
    return [
        DatasetSummary(dataset=each, versions=each.versions_made, newest=newest.get(each.newest_id))
        for each in datasets
    ]


def dataset_of(project: Project, uuid: UUID) -> Dataset | None:
    """Return a dataset of the project."""
    return Dataset.objects.for_project(project).filter(uuid=uuid).select_related("project").first()


def dataset_named(project: Project, name: str) -> Dataset | None:
    """Return the dataset of the project that has this name."""
    return Dataset.objects.for_project(project).filter(name=name).select_related("project").first()


def frozen_versions(dataset: Dataset) -> list[DatasetVersion]:
    """Return the dataset's frozen versions, newest first."""
    versions = dataset.versions.filter(frozen_at__isnull=False).select_related("created_by")
    return list(versions.order_by("-number"))


def frozen_versions_of_project(project: Project, *, limit: int) -> list[DatasetVersion]:
    """Return the project's newest frozen versions."""
    versions = DatasetVersion.objects.for_project(project).filter(frozen_at__isnull=False)
    return list(versions.select_related("dataset").order_by("-id")[:limit])


def unfinished_freeze(dataset: Dataset) -> Job | None:
    """Return the newest freeze of this dataset, where it has not ended well."""
    jobs = Job.objects.for_project(dataset.project).filter(kind="freeze", arguments__dataset=dataset.pk)
    newest = jobs.order_by("-id").first()
    return newest if newest is not None and newest.state != Job.State.SUCCEEDED else None


def version_of(project: Project, uuid: UUID) -> DatasetVersion | None:
    """Return a frozen version of the project."""
    versions = DatasetVersion.objects.for_project(project).filter(uuid=uuid, frozen_at__isnull=False)
    return versions.select_related("dataset", "project", "created_by").first()


def newest_version(project: Project) -> DatasetVersion | None:
    """Return the version of the project that was frozen last."""
    versions = DatasetVersion.objects.for_project(project).filter(frozen_at__isnull=False)
    return versions.select_related("dataset").order_by("-id").first()


def row_page(
    version: DatasetVersion, *, split: str | None = None, after: int = -1, limit: int | None = None
) -> RowPage:
    """Return one page of rows with their text, withdrawn ones as tombstones."""
    limit = limit or ROW_PAGE
    found = DatasetRow.objects.filter(version=version, position__gt=after).select_related("snapshot")
    if split is not None:
        found = found.filter(split=split)
    rows = list(found.order_by("position")[: limit + 1])
    shown = rows[:limit]
    return RowPage(rows=shown, next_after=shown[-1].position if len(rows) > limit else None)


def withdrawn_row_count(version: DatasetVersion) -> int:
    """Return how many rows lost their text to a withdrawal."""
    return DatasetRow.objects.filter(version=version, snapshot__withdrawn_at__isnull=False).count()
