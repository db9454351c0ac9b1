"""How a person likes the desk, remembered with their account."""

from dataclasses import replace
from typing import Any

from django.db import transaction

from annotation.domain.desk.preferences import DeskPreferences
from annotation.queries.desk.preferences import DESK, desk_preferences
from curation.models import User


@transaction.atomic
def change_desk_preferences(*, user: User, **changes: Any) -> DeskPreferences:
    """Change what is named and keep the rest."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    changed = replace(desk_preferences(locked), **changes)
    locked.preferences = {**locked.preferences, DESK: changed.stored()}
    locked.save(update_fields=["preferences"])
    user.preferences = locked.preferences
    return changed
