"""Learn a project's rubric of satisfaction from its users' thumbs."""

from typing import Any

from django.core.management.base import CommandParser

from curation.domain.errors import HarkenError
from curation.services.access.people import ensure_project
from curation.services.work.terminal import HarkenCommand, progress_bar, result_of
from feedback_mining.services.rubric_jobs import open_rubric_learning, run_rubric_learning
from feedback_mining.services.rubrics import price_rubric
from feedback_mining.services.tools import endpoint_named


class Command(HarkenCommand):
    help = "Learn from thumbs what pleases and displeases a project's users; the detector spur scores by it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the project and whom to ask."""
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--endpoint", required=True, help="the project's endpoint that is asked")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what a lesson would cost, and ask nobody"
        )

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Learn the next version with a progress bar, or say what that would cost."""
        project = ensure_project(slug=options["project"])
        endpoint = endpoint_named(options["endpoint"], project=project)
        if endpoint is None:
            raise HarkenError("Name an endpoint of the project with --endpoint.")
        if options["dry_run"]:
            return price_rubric(project=project, endpoint=endpoint)
        with progress_bar("rubric", unit="requests") as listener:
            job = open_rubric_learning(project=project, endpoint=endpoint)
            return result_of(run_rubric_learning(job_id=job.pk, listener=listener))
