"""Tokens of the API: shown once, stored as a hash, scoped to a project and to kinds of acts, revocable."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.domain.access.scopes import Scope
from curation.domain.access.tokens import new_token, token_hash
from curation.domain.errors import HarkenError
from curation.models import ApiToken, Project, User
from curation.services.work.audit import record_event

# A word before the secret, by which people and scanners of leaked secrets know what it opens.
BEGINNING = "hkn_"
SHOWN_LETTERS = 10
# Noting every use would write a row for every request.
NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def create_token(
    *, project: Project, user: User, name: str, scopes: Iterable[Scope], days: int | None = None
) -> tuple[ApiToken, str]:
    """Make a token; returns its row and the secret, which is shown now and never again."""
    wanted = sorted(set(scopes))
    if not wanted:
        raise HarkenError(_("Choose at least one thing that the token may be used for."))
    secret = BEGINNING + new_token()
    token = ApiToken(
        project=project,
        user=user,
        name=name,
        token_sha256=token_hash(secret),
        prefix=secret[:SHOWN_LETTERS],
        scopes=wanted,
        expires_at=timezone.now() + timedelta(days=days) if days else None,
    )
    token.full_clean()
    token.save()
    details = {"name": name, "scopes": wanted}
    record_event(action="token.created", project=project, actor=user, target=token, details=details)
    return token, secret


@transaction.atomic
def revoke_token(*, token: ApiToken, actor: User) -> None:
    """End a token at once."""
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        record_event(action="token.revoked", project=token.project, actor=actor, target=token)


def token_of_secret(secret: str) -> ApiToken | None:
    """Return the token that a secret opens, while it stands, and note its use."""
    moment = timezone.now()
    rows = ApiToken.objects.filter(token_sha256=token_hash(secret), revoked_at__isnull=True)
    token = rows.select_related("user", "project").first()
    if token is None or (token.expires_at is not None and token.expires_at <= moment):
        return None
    if token.last_used_at is None or token.last_used_at < moment - NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=moment)
    return token
