"""Build preference pairs from a project's mined feedback."""

from typing import Any

from django.core.management.base import CommandParser

from curation.services.access.people import ensure_project
from curation.services.work.terminal import HarkenCommand, progress_bar, result_of
from feedback_mining.services.pairs import open_pair_building, run_pair_building


class Command(HarkenCommand):
    help = "Propose pairs from complaints by a pair recipe; what is skipped is named with its reason."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the project and the recipe."""
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--recipe", default="dsat_then_better")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Build the pairs in this process, with a progress bar."""
        project = ensure_project(slug=options["project"])
        with progress_bar("pairs", unit="conversations") as listener:
            job = open_pair_building(project=project, recipe=options["recipe"])
            return result_of(run_pair_building(job_id=job.pk, listener=listener))
