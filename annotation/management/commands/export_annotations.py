"""Write a queue's annotations to a file."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.queries.queue_figures.queue_judgements import queue_named
from annotation.queries.queues.annotation_lines import annotation_lines
from curation.services.access.people import ensure_project
from curation.services.work.terminal import HarkenCommand


class Command(HarkenCommand):
    """The first line is the queue with its protocol and guidelines, each further one an annotation."""

    help = (
        "Write a queue's annotations as JSONL: pseudonyms, answers, orders shown, times, guideline versions."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the queue and the file."""
        super().add_arguments(parser)
        parser.add_argument("queue", metavar="QUEUE", help="its name")
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--out", required=True, type=Path, metavar="FILE.jsonl")
        parser.add_argument("--every-act", action="store_true", help="skips and revisions too")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Write the file, and return how many annotations are in it."""
        queue = queue_named(ensure_project(slug=options["project"]), options["queue"])
        written = -1
        with options["out"].open("w", encoding="utf-8") as out:
            for line in annotation_lines(queue, every_act=options["every_act"]):
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
                written += 1
        return {"annotations": written, "out": str(options["out"])}
