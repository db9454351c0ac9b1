"""Send a frozen version to a hub."""

from typing import Any

from django.core.management.base import CommandParser

from curation.domain.versions.recipes import SPLITS
from curation.exporters import EXPORTERS
from curation.queries.versions.datasets import find_version
from curation.services.access.people import ensure_project
from curation.services.exporters.export_requests import ExportRequest
from curation.services.exporters.hub_sending import push_version
from curation.services.work.terminal import HarkenCommand


class Command(HarkenCommand):
    """Sends a version."""

    help = "Send a version's bundle to a private repository of a hub, where HARKEN_ALLOW_HUB allows it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the version, the project, the repository and the variable that holds the token."""
        super().add_arguments(parser)
        parser.add_argument("version", metavar="NAME@VERSION")
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--repository", required=True, metavar="OWNER/NAME")
        parser.add_argument("--token-variable", required=True, metavar="HARKEN_HUB_TOKEN_…")
        parser.add_argument("--format", default="trl_preference", help=", ".join(sorted(EXPORTERS)))
        parser.add_argument("--files", default=".parquet", metavar="ENDING")
        parser.add_argument("--split", action="append", choices=SPLITS, help="may be given again")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Write the bundle's folder and send it."""
        version = find_version(ensure_project(slug=options["project"]), options["version"])
        wanted = ExportRequest(
            format_name=options["format"],
            ending=options["files"],
            splits=tuple(options["split"] or ()),
            is_bundle=True,
        )
        records = push_version(
            version=version,
            wanted=wanted,
            repository=options["repository"],
            token_variable=options["token_variable"],
        )
        return {"repository": options["repository"], "records": records}
