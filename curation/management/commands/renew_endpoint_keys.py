"""Encrypt the stored keys of endpoints anew, after a change of the secret."""

from typing import Any

from curation.services.work.terminal import HarkenCommand
from curation.services.writing.endpoint_keys import renew_sealed_keys


class Command(HarkenCommand):
    """Renews every stored key."""

    help = "Encrypt the stored keys of all endpoints under the first of HARKEN_ENCRYPTION_KEYS."

    def report(self, options: dict[str, Any]) -> dict[str, Any]:
        """Renew what can be read, and name the endpoints whose key cannot."""
        renewed, unreadable = renew_sealed_keys()
        return {"renewed": renewed, "unreadable": unreadable}
