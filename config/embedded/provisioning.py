"""The first start: an empty cluster, then the two roles, the extension and the database."""

import subprocess
from pathlib import Path

import psycopg

from config.embedded.accounts import account_options, give_folder
from config.embedded.errors import EmbeddedPostgresError
from config.embedded.locations import Site

MAJOR_VERSION = "18"
SUPERUSER = "postgres"
DATABASE = "harken"

ROLES = [("harken_owner", "LOGIN CREATEDB"), ("harken_app", "LOGIN")]
# Laid into template1, so that test databases and restored ones start with the same rights as the first.
RIGHTS = [
    "CREATE EXTENSION IF NOT EXISTS vector",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC, harken_app",
    "GRANT USAGE ON SCHEMA public TO harken_app",
    "ALTER DEFAULT PRIVILEGES FOR ROLE harken_owner IN SCHEMA public "
    "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO harken_app",
    "ALTER DEFAULT PRIVILEGES FOR ROLE harken_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO harken_app",
]


def ensure_cluster(site: Site) -> None:
    """Make the folder of the tables where there is none, whole or not at all."""
    version = site.data / "PG_VERSION"
    if version.exists():
        _check_version(site.data, found=version.read_text(encoding="ascii").strip())
        give_folder(site.data, account=site.account)
        return
    if site.data.exists() and any(site.data.iterdir()):
        message = f"{site.data} is not empty and holds no PostgreSQL. Move it away, then start again."
        raise EmbeddedPostgresError(message)
    _initialise(site)


def provision(site: Site) -> None:
    """Make roles, rights and the database where they are missing; the database comes last and is then complete."""
    with superuser_connection(site.socket, database="template1") as connection:
        for role, attributes in ROLES:
            if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
                connection.execute(f"CREATE ROLE {role} {attributes}")
        for statement in RIGHTS:
            connection.execute(statement)
    # A connection to the template would stand in the way of the copy, so this is another one.
    with superuser_connection(site.socket) as connection:
        if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER harken_owner")


def superuser_connection(socket: Path, *, database: str = "postgres") -> psycopg.Connection:
    """Connect as the cluster's superuser, whom only this package uses."""
    return psycopg.connect(
        host=str(socket), port=5432, user=SUPERUSER, dbname=database, autocommit=True, connect_timeout=5
    )


def _exists(connection: psycopg.Connection, query: str, name: str) -> bool:
    return connection.execute(query, [name]).fetchone() is not None


def _initialise(site: Site) -> None:
    """Run initdb aside and rename, so that a start cut short leaves no half cluster behind."""
    aside = site.data.with_name(f"{site.data.name}.new")
    if aside.exists():
        subprocess.run(["rm", "-rf", str(aside)], check=True)
    aside.mkdir(mode=0o700, parents=True)
    give_folder(aside, account=site.account)
    options = [
        f"--pgdata={aside}", f"--username={SUPERUSER}", "--auth=trust", "--encoding=UTF8",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions",
    ]  # fmt: skip
    made = subprocess.run(
        [str(site.programs / "bin" / "initdb"), *options],
        cwd="/", capture_output=True, text=True, check=False, **account_options(site.account),
    )  # fmt: skip
    if made.returncode != 0:
        message = (
            f"PostgreSQL could not make its folder {site.data}: {made.stderr.strip() or made.stdout.strip()}"
        )
        raise EmbeddedPostgresError(message)
    if site.data.exists():
        site.data.rmdir()
    aside.rename(site.data)


def _check_version(data: Path, *, found: str) -> None:
    if found != MAJOR_VERSION:
        message = (
            f"{data} was written by PostgreSQL {found}, and this Harken runs PostgreSQL {MAJOR_VERSION}. "
            "Make a backup with the Harken that wrote it, move the folder away, and restore the backup."
        )
        raise EmbeddedPostgresError(message)
