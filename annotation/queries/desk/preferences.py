"""How a person likes the desk: it comes with the account, so it asks nothing."""

from annotation.domain.desk.preferences import DeskPreferences, preferences_from
from curation.models import User

DESK = "desk"


def desk_preferences(user: User) -> DeskPreferences:
    """Return how this person likes the desk."""
    return preferences_from(user.preferences.get(DESK, {}))
