"""Publish what the judgements of a queue come to."""

from typing import Any

from django.core.management.base import CommandParser

from annotation.consensus import CONSENSUS
from annotation.queries.queue_figures.queue_judgements import queue_named
from annotation.services.figures.publishing import publish_consensus
from curation.services.access.people import ensure_project
from curation.services.work.terminal import HarkenCommand


class Command(HarkenCommand):
    """Publish scores and ranked lists under the method's name, in place of its earlier ones."""

    help = (
        "Infer a queue's consensus and publish it into the corpus: scores of answers and pairs, ranked lists."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the queue, the method and the attribute."""
        super().add_arguments(parser)
        parser.add_argument("queue", metavar="QUEUE", help="its name")
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--method", required=True, metavar="NAME", help=", ".join(CONSENSUS))
        parser.add_argument("--attribute", default="", help="what was rated; without it, preferences")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Publish, and return what was published."""
        queue = queue_named(ensure_project(slug=options["project"]), options["queue"])
        published = publish_consensus(queue=queue, method=options["method"], attribute=options["attribute"])
        return {
            "scorer": str(published.scorer),
            "scores": published.scores,
            "lists": published.lists,
            "left_out": dict(published.left_out),
            "annotators": {each.annotator: each.reliability for each in published.annotators},
            "notes": list(published.notes),
        }
