"""Import annotations that were made elsewhere."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.services.exchange.importing import import_annotations
from curation.services.access.people import ensure_project
from curation.services.work.terminal import HarkenCommand, progress_bar


class Command(HarkenCommand):
    """Imports one file; what has no counterpart here is listed with its reason."""

    help = (
        "Import annotations: a dataset of Argilla, the JSON export of a Label Studio project, or what "
        "export_annotations wrote."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the file, the project, and the name of the queue."""
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--queue", default="", help="its name; the file's where none is given")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Import the file in this process."""
        with progress_bar("import", unit="bytes") as listener:
            return import_annotations(
                project=ensure_project(slug=options["project"]),
                path=options["file"],
                queue_name=options["queue"].strip(),
                listener=listener,
            )

    def tell(self, report: dict[str, Any]) -> None:
        """Print what came in, queue by queue, and what was left out and why."""
        for queue in report["queues"]:
            self.stdout.write(
                f"{queue['name']} ({queue['protocol']}): {queue['annotations']:,} annotations, "
                f"{queue['tasks']:,} tasks added; {queue['known']:,} annotations were known."
            )
        self.stdout.write(
            f"{report['conversations']:,} conversations and {report['annotators']:,} annotators added."
        )
        for each in report["left_out"]:
            named = f" ({each['question']})" if each["question"] else ""
            self.stdout.write(f"left out {each['count']:,} {each['what']}{named}: {each['why']}")
