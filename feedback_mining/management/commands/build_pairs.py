"""Build preference pairs from a project's mined feedback."""

from typing import Any

from django.core.management.base import CommandParser

from curation.services.access.people import ensure_project
from curation.services.work.terminal import HarkenCommand, progress_bar, result_of
from feedback_mining.pair_recipes import PAIR_RECIPES
from feedback_mining.services.pairs import open_pair_building, price_pairs, run_pair_building
from feedback_mining.services.tools import endpoint_named


class Command(HarkenCommand):
    help = "Propose pairs from complaints by a pair recipe; what is skipped is named with its reason."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the project, the recipe, and whom it may ask."""
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--recipe", default="dsat_then_better", help=", ".join(PAIR_RECIPES))
        parser.add_argument("--endpoint", default="", help="the project's endpoint that writes answers")
        parser.add_argument("--judge", default="", help="the project's endpoint that judges them")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what writing would cost, and ask nobody"
        )

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Build the pairs in this process, with a progress bar; or say what that would cost."""
        project = ensure_project(slug=options["project"])
        asked: dict[str, Any] = {
            "project": project,
            "recipe": options["recipe"],
            "writer": endpoint_named(options["endpoint"], project=project),
            "judge": endpoint_named(options["judge"], project=project),
        }
        if options["dry_run"]:
            return price_pairs(**asked)
        with progress_bar("pairs", unit="conversations") as listener:
            return result_of(run_pair_building(job_id=open_pair_building(**asked).pk, listener=listener))
