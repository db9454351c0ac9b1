"""Back up the tables and the artifacts."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from config.backup import back_up
from curation.services.work.terminal import HarkenCommand


class Command(HarkenCommand):
    help = "Write all tables and artifacts to one archive. The keys under var/keys are left out: keep them apart."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add where to write."""
        super().add_arguments(parser)
        parser.add_argument("archive", type=Path, help="a .tar file")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Write the archive."""
        archive = options["archive"].resolve()
        archive.parent.mkdir(parents=True, exist_ok=True)
        manifest = back_up(archive)
        return {
            "archive": str(archive),
            "bytes": archive.stat().st_size,
            "tables": len(manifest["tables"]),
            "rows": sum(manifest["tables"].values()),
        }
