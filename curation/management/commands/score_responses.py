"""Run a frozen measure over answers."""

from typing import Any

from django.core.management.base import CommandParser

from curation.domain.scoring.guards import parse_guard
from curation.queries.scoring.measures import scorers_named
from curation.queries.scoring.scopes import scope_named
from curation.services.access.people import ensure_project
from curation.services.scoring.runs import open_scoring, run_scoring
from curation.services.work.terminal import HarkenCommand, progress_bar, result_of


class Command(HarkenCommand):
    """Scores what the measure has not scored yet."""

    help = "Run a frozen measure of checks over answers; what it has scored is not read again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the measure and the answers."""
        super().add_arguments(parser)
        parser.add_argument("measure", help="NAME or NAME@VERSION")
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        over = parser.add_mutually_exclusive_group()
        over.add_argument("--view", default="", metavar="NAME", help="answers of a saved view")
        over.add_argument("--dataset", default="", metavar="N@V", help="of a dataset version")
        over.add_argument("--responses", default="", metavar="NAME", help="of a response set")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Score in this process, with a progress bar."""
        project = ensure_project(slug=options["project"])
        guard = parse_guard(options["measure"], field="measure")
        scorer = scorers_named(project, [guard])[guard]
        scope = scope_named(
            project,
            view=options["view"],
            version=options["dataset"],
            responses=options["responses"],
        )
        with progress_bar("scoring", unit="answers") as listener:
            job = open_scoring(scorer=scorer, scope=scope)
            return result_of(run_scoring(job_id=job.pk, listener=listener))
