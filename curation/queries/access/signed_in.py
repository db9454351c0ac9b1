"""Who is signed in: a session and its person are read with every request, so by kept queries."""

from datetime import datetime
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from curation.models import User
from curation.models.kept_queries import kept_query


class SessionStore(DatabaseSessionStore):
    """Sessions as Django keeps them in the database."""

    def _get_session_from_db(self) -> Session | None:
        found = _sessions(key=self.session_key or "", moment=timezone.now())
        if not found:
            self._session_key = None
        return next(iter(found), None)


class PersonBackend(ModelBackend):
    """Signs in as Django does, by name and password."""

    def get_user(self, user_id: Any) -> User | None:
        """Return the person of a session, unless they may not sign in any more."""
        person = next(iter(_people(user=user_id)), None)
        return person if person is not None and self.user_can_authenticate(person) else None


@kept_query
def _sessions(key: str, moment: datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=moment)


@kept_query
def _people(user: int) -> QuerySet[User]:
    return User.objects.filter(pk=user)
