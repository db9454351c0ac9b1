"""Report how far the people of a queue agree, with each other and with themselves under another protocol."""

from typing import Any

from django.core.management.base import CommandParser

from annotation.domain.agreement.report import Cluster, Drawing
from annotation.domain.resampling import ROUNDS
from annotation.management.option_types import count
from annotation.queries.queue_figures.queue_judgements import queue_named
from annotation.services.figures.queue_report import report_queue
from curation.services.access.people import ensure_project
from curation.services.work.terminal import HarkenCommand

_CLUSTERS = tuple(cluster.value for cluster in Cluster)


class Command(HarkenCommand):
    """Print alpha for each thing that was asked, and the share of ratings and choices that agree."""

    help = "Report the agreement of a queue's people, and ratings against choices where both were asked."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the queue and how intervals are drawn."""
        super().add_arguments(parser)
        parser.add_argument("queue", metavar="QUEUE", help="its name")
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument(
            "--cluster", choices=_CLUSTERS, default=_CLUSTERS[0], help="what intervals draw again"
        )
        parser.add_argument("--rounds", type=count, default=ROUNDS, help="drawings for intervals; 0 for none")
        parser.add_argument("--seed", type=count, default=0, help="the same seed draws the same")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Read the queue and return the figures."""
        queue = queue_named(ensure_project(slug=options["project"]), options["queue"])
        drawing = Drawing(cluster=Cluster(options["cluster"]), rounds=options["rounds"], seed=options["seed"])
        return report_queue(queue=queue, drawing=drawing)

    def tell(self, report: dict[str, Any]) -> None:
        """Print one line for each thing that was asked, and one for the protocols."""
        if not report["agreement"]:
            self.stdout.write("Nobody has judged anything in this queue yet.")
        for name, each in report["agreement"].items():
            self.stdout.write(
                f"{name}: alpha {_figure(each['alpha'])}{_ends(each['interval'])}, {each['items']} items,"
                f" {each['annotators']} annotators, {each['labels']} labels"
            )
            for sentence in dict.fromkeys([*each["undefined"].values(), *each["notes"]]):
                self.stdout.write(sentence)
        if crossed := report["protocols"]:
            self.stdout.write(
                f"ratings and choices: {_figure(crossed['consistent'])} consistent{_ends(crossed['interval'])},"
                f" {crossed['pairs']} pairs"
            )


def _figure(figure: float | None) -> str:
    return "undefined" if figure is None else f"{figure:.3f}"


def _ends(interval: list[float] | None) -> str:
    return f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
