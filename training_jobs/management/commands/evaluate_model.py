"""Say how often a trained model prefers what its held-out rows prefer."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from curation.services.work.terminal import HarkenCommand
from training_jobs.queries.headlines import title_of
from training_jobs.queries.response_sets import set_named
from training_jobs.queries.runs import run_of_uuid
from training_jobs.services.evaluations import evaluate_on_responses, evaluate_run

FIGURES = ("preference_accuracy", "interval", "reward_margin", "n")


class Command(HarkenCommand):
    help = "Compute a finished run's figures again: of its held-out rows, or of verdicts on a response set."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the run."""
        super().add_arguments(parser)
        parser.add_argument("run", metavar="RUN", help="uuid of the run")
        parser.add_argument(
            "--responses", metavar="NAME", help="the response set whose verdicts are drawn together"
        )

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Evaluate it."""
        if options["responses"]:
            return _over_responses(options["run"], options["responses"])
        evaluation, figures = evaluate_run(run=run_of_uuid(options["run"]))
        about = {"title": title_of(evaluation), "split": evaluation.split, "run": options["run"]}
        return {**{name: figures[name] for name in FIGURES}, **about}


def _over_responses(uuid: str, name: str) -> dict[str, Any]:
    """Return how often the run's answers of this set are preferred to the others'."""
    run = run_of_uuid(uuid)
    response_set = set_named(run, name)
    rates = evaluate_on_responses(run=run, response_set=response_set)
    return {"run": uuid, "responses": response_set.name, "win_rates": [asdict(rate) for rate in rates]}
