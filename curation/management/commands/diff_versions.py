"""Compare two versions of a dataset."""

from typing import Any

from django.core.management.base import CommandParser

from curation.domain.errors import HarkenError
from curation.models import Project
from curation.queries.versions.datasets import find_version
from curation.queries.versions.version_diffs import diff_versions
from curation.services.work.terminal import HarkenCommand


class Command(HarkenCommand):
    """Compares versions."""

    help = "Say which rows were added, removed and changed between two versions, and why."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the project and the two versions."""
        super().add_arguments(parser)
        parser.add_argument("before", help="name@number")
        parser.add_argument("after", help="name@number")
        parser.add_argument("--project", required=True, help="short name of the project")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Compare in this process."""
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise HarkenError(f"There is no project {options['project']}.")
        before, after = (find_version(project, options[name]) for name in ("before", "after"))
        return diff_versions(before, after).as_json()
