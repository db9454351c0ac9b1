"""Say how often a trained model prefers what its held-out rows prefer."""

from typing import Any

from django.core.management.base import CommandParser

from curation.services.terminal import HarkenCommand
from training_jobs.queries.headlines import title_of
from training_jobs.queries.runs import run_of_uuid
from training_jobs.services.evaluations import evaluate_run

FIGURES = ("preference_accuracy", "interval", "reward_margin", "n")


class Command(HarkenCommand):
    help = "Compute a finished run's figures again from its stored held-out rows."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the run."""
        super().add_arguments(parser)
        parser.add_argument("run", metavar="RUN", help="uuid of the run")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Evaluate it."""
        evaluation, figures = evaluate_run(run=run_of_uuid(options["run"]))
        about = {"title": title_of(evaluation), "split": evaluation.split, "run": options["run"]}
        return {**{name: figures[name] for name in FIGURES}, **about}
