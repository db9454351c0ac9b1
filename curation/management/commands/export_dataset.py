"""Write a frozen version to a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from curation.exporters import EXPORTERS
from curation.queries.datasets import find_version
from curation.services.exports import export_to_path
from curation.services.people import ensure_project
from curation.services.terminal import HarkenCommand, progress_bar


class Command(HarkenCommand):
    """Writes a version."""

    help = (
        "Write a frozen version to a file; the ending of its name says whether as JSON Lines or as Parquet."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the version, the project, the format and the file."""
        super().add_arguments(parser)
        parser.add_argument("version", metavar="NAME@VERSION")
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--format", default="trl_preference", help=", ".join(sorted(EXPORTERS)))
        parser.add_argument("--out", required=True, type=Path, metavar="PATH")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Stream the version into the file, with a progress bar."""
        version = find_version(ensure_project(slug=options["project"]), options["version"])
        with progress_bar("export", unit="rows") as listener:
            written = export_to_path(
                version=version, format_name=options["format"], path=Path(options["out"]), listener=listener
            )
        return {"rows": written.rows, "bytes": written.bytes, "sha256": written.sha256}
