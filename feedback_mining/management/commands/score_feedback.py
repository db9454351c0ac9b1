"""Score a plain file of conversations, without a database: one line for each user message after a response."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from curation.services.terminal import HarkenCommand, progress_bar
from feedback_mining.services.embedder import embedder_running_for
from feedback_mining.services.scoring import score_file


class Command(HarkenCommand):
    help = "Write sat, dsat and the probability of each criterion for every user message after the first response."
    requires_system_checks: list[str] = []
    uses_database = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the files and the detector."""
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help='lines {"id", "messages": [{"role", "content"} …]}')
        parser.add_argument("--detector", default="phrases")
        parser.add_argument("--out", type=Path, required=True)

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Score the file with a progress bar."""
        with embedder_running_for(options["detector"]), progress_bar("scoring", unit="bytes") as listener:
            return score_file(
                path=options["file"], out=options["out"], detector=options["detector"], listener=listener
            )
