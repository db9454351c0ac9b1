"""Mine a project's conversations for satisfaction and dissatisfaction."""

from typing import Any

from django.core.management.base import CommandParser

from curation.services.people import ensure_project
from curation.services.terminal import HarkenCommand, progress_bar, result_of
from feedback_mining.services.embedder import embedder_running_for
from feedback_mining.services.mining import open_mining, run_mining


class Command(HarkenCommand):
    help = "Find SAT and DSAT signals in the user messages that this detector has not seen."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the project and the detector."""
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--detector", default="phrases", help="phrases or embedding")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Mine in this process, with a progress bar."""
        project = ensure_project(slug=options["project"])
        with embedder_running_for(options["detector"]), progress_bar("mining", unit="messages") as listener:
            job = open_mining(project=project, detector=options["detector"])
            return result_of(run_mining(job_id=job.pk, listener=listener))
