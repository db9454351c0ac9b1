"""Withdraw everything of a user."""

from typing import Any

from django.core.management.base import CommandParser

from curation.domain.errors import HarkenError
from curation.models import Project
from curation.services.corpus.withdrawals import withdraw_user
from curation.services.work.terminal import HarkenCommand


class Command(HarkenCommand):
    """Withdraws a user."""

    help = "Erase the texts of every conversation of a user for good, and mark what was made of them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the project and whom it is about."""
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, help="short name of the project")
        parser.add_argument("--pseudonym", required=True, help="the user's pseudonym, or 8 characters of it")
        parser.add_argument("--yes", action="store_true", help="confirms that the texts are to be erased")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Withdraw in this process."""
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise HarkenError(f"There is no project {options['project']}.")
        if not options["yes"]:
            raise HarkenError("A withdrawal cannot be undone. Say --yes to erase the texts of this user.")
        reached = withdraw_user(project=project, pseudonym=options["pseudonym"])
        return {
            "conversations": reached.conversations,
            "versions": list(reached.versions),
            "models": list(reached.models),
            "exported_files_deleted": reached.files,
        }
