"""What every table of a project shares: ids, the project, and the one public way in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models
from django.utils import timezone
from uuid6 import uuid7

if TYPE_CHECKING:
    from curation.models.people import Project


class Identified(models.Model):
    """A row with a bigint inside and a uuid7 in URLs, exports, evidence and API."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True


Row = TypeVar("Row", bound=models.Model, covariant=True)


class ProjectQuerySet(models.QuerySet[Row]):
    """Rows that start from a project."""

    def for_project(self, project: Project) -> Self:
        """Return the rows of this project: the only public way in."""
        return self.filter(project=project)


class ProjectRow(Identified):
    """A row that belongs to a project; UNIQUE (project_id, id) lets other rows refer to it within the project only."""

    # The unique key (project_id, id), made in the migrations, serves as this column's index.
    project = models.ForeignKey(
        "curation.Project", on_delete=models.CASCADE, db_index=False, related_name="+"
    )

    class Meta:
        abstract = True


class BulkRow(ProjectRow):
    """A row of a table that grows by the million, of which the composite keys alone are checked.

    They lead to a row of the same project, so a key of the project itself would say nothing more; and each key
    that is checked costs as much as an index. Relations that have a composite key leave theirs out likewise.
    """

    project = models.ForeignKey(
        "curation.Project", on_delete=models.CASCADE, db_index=False, db_constraint=False, related_name="+"
    )

    class Meta:
        abstract = True
