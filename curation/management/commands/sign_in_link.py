"""Give somebody a one-time link to sign in: the first superuser, or who lost the password."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.urls import reverse

from curation.services.access.sign_in import person_for_link, sign_in_path
from curation.services.work.terminal import HarkenCommand


class Command(HarkenCommand):
    """Prints a link."""

    help = "Print a one-time sign-in link for a person. With --superuser, make the site's superuser where absent."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the person."""
        super().add_arguments(parser)
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--superuser", action="store_true", help="make this account where it is absent")

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Make the link; it works once, for a day."""
        person = person_for_link(email=options["email"], may_make_superuser=options["superuser"])
        uid, token = sign_in_path(user=person).split("/")
        path = reverse("curation:sign_in_link", kwargs={"uid": uid, "token": token})
        return {"person": str(person), "link": f"http://{settings.HARKEN_ADDRESS}{path}"}
