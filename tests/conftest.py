"""The test database: made by the owner of the tables, used as the role that owns nothing."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from config.embedded.postgres import running_postgres
from curation.domain.access.roles import Role
from curation.models import Project, User
from tests import cast


@contextmanager
def _as_owner() -> Iterator[None]:
    """Connect as the owner of the tables for a while."""
    app_user = connection.settings_dict["USER"]
    connection.close()
    connection.settings_dict["USER"] = settings.DATABASES["owner"]["USER"]
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["USER"] = app_user


@pytest.fixture(scope="session")
def database_server() -> Iterator[None]:
    """A PostgreSQL that runs while the tests do: the embedded one, unless DATABASE_URL names another."""
    if os.environ.get("DATABASE_URL"):
        yield
        return
    with running_postgres(settings.VAR):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(database_server: None) -> None:
    """Start the server before the test database is made."""
    connection.settings_dict["TEST"]["NAME"] = os.environ.get("HARKEN_TEST_DATABASE", "test_harken")


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_modify_db_settings: None, django_db_blocker: pytest.FixtureRequest
) -> Iterator[None]:
    """Make the test database as its owner, then use it as the app does."""
    name = connection.settings_dict["NAME"]
    with django_db_blocker.unblock(), _as_owner():  # type: ignore[attr-defined]
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
    yield
    with django_db_blocker.unblock(), _as_owner():  # type: ignore[attr-defined]
        connection.creation.destroy_test_db(name, verbosity=0)


@pytest.fixture
def committed_db(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Let a test commit for real (threads, other processes), and empty the tables as their owner afterwards."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield
        with _as_owner(), connection.cursor() as cursor:
            tables = ", ".join(
                connection.introspection.django_table_names(only_existing=True, include_views=False)
            )
            kept = "django_content_type, auth_permission, django_migrations"
            names = ", ".join(name for name in tables.split(", ") if name not in kept)
            cursor.execute("SET harken.unlocked = 'on'")
            cursor.execute(f"TRUNCATE {names}")


@pytest.fixture
def project(db: None) -> Project:
    """The project that the cast shares."""
    return cast.make_project("shared")


@pytest.fixture
def annotator(project: Project) -> User:
    """Judges in the shared project."""
    return cast.make_member(project, Role.ANNOTATOR)


@pytest.fixture
def researcher(project: Project) -> User:
    """Curates the shared project."""
    return cast.make_member(project, Role.RESEARCHER)


@pytest.fixture
def admin(project: Project) -> User:
    """Administers the shared project."""
    return cast.make_member(project, Role.ADMIN)


@pytest.fixture
def outsider(db: None) -> User:
    """An admin of another project, who must learn nothing of the shared one."""
    return cast.make_member(cast.make_project("elsewhere"), Role.ADMIN)


@pytest.fixture
def superuser(db: None) -> User:
    """The site's superuser."""
    return User.objects.create_superuser("root@example.org")


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """Return a function that signs a person in and returns their browser."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in
