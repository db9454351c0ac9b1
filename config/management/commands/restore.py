"""Restore a backup into an empty instance."""

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandParser

from config.backup import restore
from curation.services.work.terminal import HarkenCommand


class Command(HarkenCommand):
    help = "Fill an empty instance from an archive that `backup` made, and verify every table's rows."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what to read."""
        super().add_arguments(parser)
        parser.add_argument("archive", type=Path)

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Migrate if need be, then restore."""
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        manifest = restore(options["archive"])
        return {"tables": len(manifest["tables"]), "rows": sum(manifest["tables"].values()), "verified": True}
