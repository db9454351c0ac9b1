"""Signing in: by password, behind a lock that holds across processes, or by a one-time link."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import connection, transaction
from django.utils import timezone
from django.utils.encoding import force_bytes, force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _

from curation.domain.access.tokens import pseudonym_of
from curation.domain.errors import HarkenError, NotAllowedError
from curation.models import SignInAttempt, User
from curation.services.work.audit import record_event

ATTEMPTS_ALLOWED = 10
ATTEMPTS_WINDOW = timedelta(minutes=15)


class SignInTokens(PasswordResetTokenGenerator):
    """One-time sign-in tokens: the token holds the moment of the last sign-in, so the first use ends it."""

    key_salt = "curation.services.access.sign_in.SignInTokens"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        # Django drops the fraction of the second, and two sign-ins can fall into one second.
        moment = user.last_login.isoformat() if user.last_login else ""
        return f"{super()._make_hash_value(user, timestamp)}{moment}"


sign_in_tokens = SignInTokens()


def sign_in_with_password(*, email: str, password: str, address: str) -> User:
    """Return the person, or raise NotAllowedError in words that do not say whether the account exists.

    Django hashes a password for an unknown address too, so the time tells nothing either.
    """
    key = pseudonym_of(f"{email.lower()}\x00{address}", key=settings.SECRET_KEY, scope="sign-in")
    _note_attempt(key)
    user = authenticate(username=email.lower(), password=password)
    if not isinstance(user, User):
        raise NotAllowedError(
            _("This e-mail address and password do not fit together. Check both and try again.")
        )
    SignInAttempt.objects.filter(key=key).delete()
    record_event(action="person.signed_in", project=None, actor=user, target=user)
    return user


@transaction.atomic
def _note_attempt(key: str) -> None:
    """Count this try before the password is looked at; the lock lets no parallel tries past the limit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
    SignInAttempt.objects.filter(tried_at__lt=timezone.now() - ATTEMPTS_WINDOW).delete()
    if SignInAttempt.objects.filter(key=key).count() >= ATTEMPTS_ALLOWED:
        raise NotAllowedError(_("Too many tries to sign in. Wait a quarter of an hour, then try again."))
    SignInAttempt.objects.create(key=key)


@transaction.atomic
def person_for_link(*, email: str, may_make_superuser: bool = False) -> User:
    """Return the person of this address, on the trail as given a link; raise HarkenError where nobody has it."""
    user = User.objects.filter(email=email.lower(), is_active=True).first()
    if user is None and not may_make_superuser:
        raise HarkenError(
            _("Nobody with an open account has this address. --superuser makes the site's superuser.")
        )
    if user is None:
        user = User(email=email.lower(), is_superuser=True)
        user.set_unusable_password()
        user.full_clean(exclude=["password"])
        user.save()
    record_event(action="person.given_link", project=None, target=user)
    return user


def sign_in_path(*, user: User) -> str:
    """Return the path of a one-time sign-in link: `<uid>/<token>`."""
    return f"{urlsafe_base64_encode(force_bytes(user.pk))}/{sign_in_tokens.make_token(user)}"


def user_of_sign_in_link(*, uid: str, token: str) -> User | None:
    """Return the person whom a one-time link signs in, or None when it was used, ran out or is made up."""
    try:
        user = User.objects.get(pk=int(force_str(urlsafe_base64_decode(uid))), is_active=True)
    except (User.DoesNotExist, ValueError, OverflowError):
        return None
    return user if sign_in_tokens.check_token(user, token) else None


@transaction.atomic
def use_sign_in_link(*, uid: str, token: str) -> User:
    """Use a one-time link up; of two uses at the same moment one is refused."""
    found = user_of_sign_in_link(uid=uid, token=token)
    if found is None:
        raise NotAllowedError(_("This link was used already or has run out. Ask for a new one."))
    user = User.objects.select_for_update().get(pk=found.pk)
    if not sign_in_tokens.check_token(user, token):
        raise NotAllowedError(_("This link was used already or has run out. Ask for a new one."))
    user.last_login = timezone.now()
    user.save(update_fields=["last_login"])
    record_event(action="person.signed_in_by_link", project=None, actor=user, target=user)
    return user
