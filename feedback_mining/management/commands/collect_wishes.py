"""Collect what a project's users wish for, as checklists of their conversations."""

from typing import Any

from django.core.management.base import CommandParser

from curation.domain.errors import HarkenError
from curation.services.access.people import ensure_project
from curation.services.work.terminal import HarkenCommand, progress_bar, result_of
from feedback_mining.queries.checklists import Scope
from feedback_mining.services.checklists import open_wish_collection, price_wishes, run_wish_collection
from feedback_mining.services.tools import endpoint_named


class Command(HarkenCommand):
    help = "Write down users' wishes, each with the words it is from: by code, and by a model where one is named."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the project, whom to ask, and about which conversations."""
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, help="short name; made when it is absent")
        parser.add_argument("--endpoint", default="", help="the project's endpoint that is asked")
        parser.add_argument(
            "--scope", default=Scope.ALL.value, choices=[each.value for each in Scope], help="default all"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what a run would cost, and ask nobody"
        )

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Collect in this process, with a progress bar; or say what it would cost."""
        project, scope = ensure_project(slug=options["project"]), Scope(options["scope"])
        endpoint = endpoint_named(options["endpoint"], project=project)
        if options["dry_run"]:
            if endpoint is None:
                raise HarkenError("Without --endpoint nobody is asked, so there is nothing to price.")
            return price_wishes(project=project, endpoint=endpoint, scope=scope)
        with progress_bar("wishes", unit="conversations") as listener:
            job = open_wish_collection(project=project, endpoint=endpoint, scope=scope)
            return result_of(run_wish_collection(job_id=job.pk, listener=listener))
