"""A person's own account."""

from django.db import transaction

from curation.models import User
from curation.services.work.audit import record_event


@transaction.atomic
def update_account(*, user: User, new_password: str = "") -> None:
    """Save a person's changed name and, where one is given, a new password, which ends all other sessions."""
    if new_password:
        user.set_password(new_password)
    user.full_clean()
    user.save(update_fields=["display_name", "password"])
    record_event(
        action="person.password_changed" if new_password else "person.renamed",
        project=None,
        actor=user,
        target=user,
    )
