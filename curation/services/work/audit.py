"""The audit trail: one event for each act of a person, one for each batch job."""

from typing import Any

from django.db import models

from curation.models import AuditEvent, Project, User


def record_event(
    *,
    action: str,
    project: Project | None,
    actor: User | None = None,
    target: models.Model | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Add one event; `action` reads like `dataset.frozen`."""
    AuditEvent.objects.create(
        action=action,
        project_uuid=project.uuid if project else None,
        actor_uuid=actor.uuid if actor else None,
        actor_name=str(actor) if actor else "",
        target_kind=target._meta.model_name or "" if target is not None else "",
        target_uuid=getattr(target, "uuid", None),
        details=details or {},
    )
