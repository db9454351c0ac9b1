"""Write a frozen version to a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from curation.domain.versions.recipes import SPLITS
from curation.exporters import EXPORTERS
from curation.queries.versions.datasets import find_version
from curation.services.access.people import ensure_project
from curation.services.exporters.export_requests import ExportRequest
from curation.services.exporters.exports import export_to_path
from curation.services.work.terminal import HarkenCommand, progress_bar


class Command(HarkenCommand):
    """Writes a version."""

    help = (
        "Write a frozen version to a file. The ending of its name says how: .jsonl, .parquet or .csv; a .zip holds "
        "a file for each split with the votes, the manifest and the card."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the version, the project, the format, the file, and how rows are checked."""
        super().add_arguments(parser)
        parser.add_argument("version", metavar="NAME@VERSION")
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--format", default="trl_preference", help=", ".join(sorted(EXPORTERS)))
        parser.add_argument("--out", required=True, type=Path, metavar="PATH")
        parser.add_argument("--split", action="append", choices=SPLITS, help="may be given again")
        parser.add_argument("--files", default="", metavar="ENDING", help="of the files in a .zip; .jsonl")
        parser.add_argument("--tokenizer", default="", help="a name, or a folder with tokenizer.json")
        parser.add_argument("--max-tokens", type=int, help="count the rows that are longer")
        parser.add_argument(
            "--mask-personal-data",
            action="store_true",
            help="write pseudonyms such as [EMAIL_1] in place of what the screening finds",
        )

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Stream the version into the file, with a progress bar."""
        wanted = _request_of(options)
        version = find_version(ensure_project(slug=options["project"]), options["version"])
        with progress_bar("export", unit="rows") as listener:
            written = export_to_path(
                version=version, wanted=wanted, path=Path(options["out"]), listener=listener
            )
        return written.as_json()


def _request_of(options: dict[str, Any]) -> ExportRequest:
    ending = Path(options["out"]).suffix.lower()
    wanted = ExportRequest(
        format_name=options["format"],
        ending=ending,
        splits=tuple(options["split"] or ()),
        tokenizer=options["tokenizer"],
        max_tokens=options["max_tokens"],
        mask_personal_data=options["mask_personal_data"],
    )
    if ending == ".zip" and ending not in wanted.exporter.endings:
        files = options["files"] or wanted.exporter.endings[0]
        return ExportRequest(
            **{**wanted.as_json(), "splits": wanted.splits, "ending": files, "is_bundle": True}
        )
    return wanted
