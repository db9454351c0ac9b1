"""Mine a project's conversations for satisfaction and dissatisfaction."""

from typing import Any

from django.core.management.base import CommandParser

from curation.services.access.people import ensure_project
from curation.services.work.terminal import HarkenCommand, progress_bar, result_of
from feedback_mining.detectors import DETECTORS
from feedback_mining.services.embedder import embedder_running_for
from feedback_mining.services.mining import open_mining, price_mining, run_mining
from feedback_mining.services.tools import endpoint_named


class Command(HarkenCommand):
    help = "Find SAT and DSAT signals in the user messages that this detector has not seen."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the project, the detector, and whom it asks."""
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--detector", default="phrases", help=", ".join(DETECTORS))
        parser.add_argument("--endpoint", default="", help="the project's endpoint that a detector may ask")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what a run would cost, and ask nobody"
        )

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Mine in this process, with a progress bar; or say what mining would cost."""
        project = ensure_project(slug=options["project"])
        asked: dict[str, Any] = {
            "project": project,
            "detector": options["detector"],
            "endpoint": endpoint_named(options["endpoint"], project=project),
        }
        with embedder_running_for(options["detector"]):
            if options["dry_run"]:
                return price_mining(**asked)
            with progress_bar("mining", unit="messages") as listener:
                return result_of(run_mining(job_id=open_mining(**asked).pk, listener=listener))
