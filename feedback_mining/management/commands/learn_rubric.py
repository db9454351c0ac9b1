"""Learn a project's rubric of satisfaction from its users' thumbs."""

from typing import Any

from django.core.management.base import CommandParser

from curation.domain.errors import HarkenError
from curation.services.access.people import ensure_project
from curation.services.work.terminal import HarkenCommand
from feedback_mining.services.rubrics import learn_rubric
from feedback_mining.services.tools import endpoint_named


class Command(HarkenCommand):
    help = "Learn from thumbs what pleases and displeases a project's users; the detector spur scores by it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the project and whom to ask."""
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--endpoint", required=True, help="the project's endpoint that is asked")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Learn the next version."""
        project = ensure_project(slug=options["project"])
        endpoint = endpoint_named(options["endpoint"], project=project)
        if endpoint is None:
            raise HarkenError("Name an endpoint of the project with --endpoint.")
        rubric = learn_rubric(project=project, endpoint=endpoint)
        return {"version": rubric.version, "threshold": rubric.threshold, **rubric.learned_from}
