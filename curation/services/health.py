"""Heartbeats of the installation's processes."""

from django.utils import timezone

from curation.models import Heartbeat


def beat(*, name: str, detail: str = "") -> None:
    """Note that a process is alive."""
    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": timezone.now(), "detail": detail[:200]})
