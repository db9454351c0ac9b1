"""The attachment that a part of a message names, among those that are kept."""

from collections.abc import Mapping
from typing import Any

from django import template

from curation.models import Attachment

register = template.Library()


@register.filter
def kept_as(part: Mapping[str, Any], attachments: Mapping[str, Attachment] | str | None) -> Attachment | None:
    """Return what is kept of a part; None where nothing is, or nobody looked."""
    if not isinstance(attachments, Mapping):
        return None
    kept = attachments.get(part.get("sha256", ""))
    return kept if kept is not None and kept.file else None
