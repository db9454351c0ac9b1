"""Import files of conversations into a project."""

import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from curation.domain.errors import HarkenError
from curation.importers import IMPORTERS
from curation.models import CommercialUse, ImportBatch
from curation.queries.importers.imports import reasons_of
from curation.services.access.people import ensure_project
from curation.services.importers.imports import AUTO, ReadAs, open_import, run_import
from curation.services.work.terminal import HarkenCommand, progress_bar, result_of


class Command(HarkenCommand):
    """Imports files."""

    help = "Import conversations; every record is accounted for as imported, duplicate or quarantined."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the files, the project and what is known of the files."""
        super().add_arguments(parser)
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--format", default=AUTO, help=f"{AUTO}, {', '.join(sorted(IMPORTERS))}")
        parser.add_argument(
            "--mapping", type=Path, metavar="FILE.json", help="which column of a table means what"
        )
        parser.add_argument("--encoding", default="", help="of text files that are not UTF-8, such as cp1252")
        parser.add_argument("--licence", default="", help="licence of the source")
        parser.add_argument("--consent", default="", help="what the users agreed to")
        parser.add_argument("--commercial-use", default=CommercialUse.UNKNOWN, choices=CommercialUse.values)

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Import in this process, with a progress bar."""
        started = time.monotonic()
        mapping = _mapping_of(Path(options["mapping"])) if options["mapping"] else None
        rights = {name: options[name] for name in ("licence", "consent", "commercial_use")}
        project = ensure_project(slug=options["project"])
        with progress_bar("import", unit="bytes") as listener:
            job = open_import(
                project=project,
                paths=options["files"],
                format_name=options["format"],
                rights=rights,
                read_as=ReadAs(encoding=options["encoding"], mapping=mapping or {}),
            )
            result = result_of(run_import(job_id=job.pk, listener=listener))
        return {**result, "seconds": round(time.monotonic() - started, 3)}

    def tell(self, report: dict[str, Any]) -> None:
        """Print what became of the records, and why those in quarantine are there."""
        if not report["imported"] and report["duplicates"]:
            self.stdout.write(
                f"Nothing new: all {report['duplicates']:,} readable records were known already."
            )
        for name in ("read", "imported", "duplicates", "quarantined"):
            self.stdout.write(f"{name:<14}{report[name]:>10,}")
        batch = ImportBatch.objects.get(uuid=report["batch"])
        for reason in reasons_of(batch):
            self.stdout.write(f"  {reason.code:<20}{reason.records:>6,}  {reason.example}")
        self.stdout.write(
            f"{report['conversations']:,} conversations ({report['format']}) in {report['seconds']:.1f} s;"
            f" batch {report['batch']}"
        )


def _mapping_of(path: Path) -> dict[str, Any]:
    try:
        mapping = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"The mapping {path} cannot be read: {error}."
        raise HarkenError(message) from error
    if not isinstance(mapping, dict):
        message = f"The mapping {path} must be one JSON object: meaning → column."
        raise HarkenError(message)
    return mapping
