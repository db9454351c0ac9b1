"""Score a plain file of conversations: one line for each user message after a response."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from curation.services.access.people import ensure_project
from curation.services.work.terminal import HarkenCommand, progress_bar
from feedback_mining.detectors import DETECTORS
from feedback_mining.domain.detection import Detector
from feedback_mining.services.embedder import embedder_running_for
from feedback_mining.services.scoring import score_file
from feedback_mining.services.tools import detector_of, endpoint_named, plain_detector


class Command(HarkenCommand):
    help = (
        "Write sat, dsat and the probability of each criterion for every user message after the first response. "
        "A detector that asks a language model is given one with --address and --model, which needs no database, or "
        "with --project and --endpoint, which keeps to a budget and remembers replies."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the files, the detector, and whom it asks."""
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help='lines {"id", "messages": [{"role", "content"} …]}')
        parser.add_argument("--detector", default="phrases", help=", ".join(DETECTORS))
        parser.add_argument("--out", type=Path, required=True, help="the JSONL file to write")
        parser.add_argument("--address", default="", help="an OpenAI-compatible endpoint, as http://…/v1")
        parser.add_argument("--model", default="", help="the model to ask there")
        parser.add_argument(
            "--project", default="", help="whose endpoint, criteria, rubric and head are used"
        )
        parser.add_argument("--endpoint", default="", help="the project's endpoint")

    def execute(self, *arguments: Any, **options: Any) -> str | None:
        """Run without a database unless a project is named."""
        self.uses_database = bool(options.get("project"))
        return super().execute(*arguments, **options)

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Score the file with a progress bar."""
        with embedder_running_for(options["detector"]), progress_bar("scoring", unit="bytes") as listener:
            return score_file(
                path=options["file"], out=options["out"], detector=_detector(options), listener=listener
            )


def _detector(options: dict[str, Any]) -> Detector:
    if not options["project"]:
        return plain_detector(options["detector"], address=options["address"], model=options["model"])
    project = ensure_project(slug=options["project"])
    endpoint = endpoint_named(options["endpoint"], project=project)
    return detector_of(options["detector"], project=project, endpoint=endpoint)
