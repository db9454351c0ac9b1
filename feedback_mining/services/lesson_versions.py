"""Numbering what a project taught its detectors: rubrics, heads, confidences."""

from typing import Any

from django.db.models import Max

from curation.models import Project


def take_version(*, project: Project, earlier: Any, replaces: bool = False) -> int:
    """Return the number of the next version; those before are used no longer where it `replaces` them.

    `earlier` are the versions before, as a query. Needs a transaction, through which the project is locked: two presses
    of a button make two versions.
    """
    Project.objects.select_for_update(of=("self",)).get(pk=project.pk)
    newest: int | None = earlier.aggregate(newest=Max("version"))["newest"]
    if replaces:
        earlier.update(is_used=False)
    return (newest or 0) + 1
