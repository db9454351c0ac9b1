"""Backup and restore: the tables and the artifacts in one archive, verified by counting every table again."""

import json
import os
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from django.db.migrations.recorder import MigrationRecorder

from config.embedded.postgres import postgres_program
from curation.domain.errors import HarkenError

OWNER = "owner"
# Made by the migrations themselves, or worth nothing elsewhere.
LEFT_OUT = ("django_migrations", "django_content_type", "auth_permission", "django_session")
SCHEMA = 1


def back_up(archive: Path) -> dict[str, Any]:
    """Write tables and artifacts to a .tar archive; returns its manifest."""
    with TemporaryDirectory(dir=archive.parent) as folder:
        dump = Path(folder) / "tables.dump"
        with same_moment() as snapshot:
            _run(
                "pg_dump",
                "--format=custom",
                "--data-only",
                *_left_out(),
                f"--snapshot={snapshot}",
                f"--file={dump}",
            )
            manifest = _manifest()
        part = Path(folder) / "backup.tar"
        with tarfile.open(part, "w") as tar:
            tar.add(_written(Path(folder) / "manifest.json", manifest), "manifest.json")
            tar.add(dump, "tables.dump")
            _add_artifacts(tar)
        part.replace(archive)
    return manifest


@contextmanager
def same_moment() -> Iterator[str]:
    """Let the block see the tables of one moment, while work goes on; yields the name pg_dump shares it by."""
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def _add_artifacts(tar: tarfile.TarFile) -> None:
    """Add every file; one that goes meanwhile, as old checkpoints do, is left out."""
    root = Path(settings.MEDIA_ROOT)
    for path in sorted(root.rglob("*")):
        with suppress(FileNotFoundError):
            tar.add(path, Path("artifacts") / path.relative_to(root), recursive=False)


def restore(archive: Path) -> dict[str, Any]:
    """Fill an empty, migrated instance from an archive and verify it; raises HarkenError with what is wrong."""
    with _opened(archive) as folder:
        manifest = _read_manifest(folder / "manifest.json", archive=archive)
        _refuse_unfit(manifest)
        # Frozen versions were frozen before: only the owner of the tables may write them again, and only like this.
        _run("pg_restore", "--data-only", "--single-transaction", str(folder / "tables.dump"), unlocked=True)
        _restore_artifacts(folder / "artifacts")
    _verify(manifest)
    return manifest


def _left_out() -> list[str]:
    return [f"--exclude-table={name}" for name in LEFT_OUT]


def _run(program: str, *arguments: str, unlocked: bool = False) -> None:
    """Run one of PostgreSQL's programs against the owner's database."""
    owner = connections[OWNER].get_connection_params()
    environment = {**os.environ, "PGPASSWORD": str(owner.get("password") or "")}
    if unlocked:
        environment["PGOPTIONS"] = "-c harken.unlocked=on"
    where = {"host": owner.get("host"), "port": owner.get("port"), "username": owner.get("user")}
    options = [f"--{name}={value}" for name, value in where.items() if value]
    finished = subprocess.run(
        [_program(program), *options, f"--dbname={owner['dbname']}", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        reason = (finished.stderr.strip().splitlines() or ["no reason given"])[-1]
        message = f"{program} failed: {reason}"
        raise HarkenError(message)


def _program(name: str) -> str:
    """Return the program of the embedded server, or the one on the path where the database is another."""
    return name if "DATABASE_URL" in os.environ else str(postgres_program(name, var=settings.VAR))


def _manifest() -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "made_at": datetime.now(tz=UTC).isoformat(),
        "migrations": _migrations(),
        "tables": _row_counts(),
    }


def _migrations() -> list[str]:
    applied = MigrationRecorder(connections[OWNER]).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


def _row_counts() -> dict[str, int]:
    """Count every table exactly."""
    connection = connections[OWNER]
    names = [name for name in connection.introspection.table_names() if name not in LEFT_OUT]
    with connection.cursor() as cursor:
        counts = {}
        for name in sorted(names):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")  # noqa: S608 - the catalogue's own names
            counts[name] = cursor.fetchone()[0]
    return counts


def _written(path: Path, manifest: dict[str, Any]) -> Path:
    path.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return path


@contextmanager
def _opened(archive: Path) -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        try:
            with tarfile.open(archive) as tar:
                tar.extractall(
                    folder, filter="data"
                )  # refuses absolute paths, links out of the folder and devices
        except (OSError, tarfile.TarError) as error:
            reason = str(error).partition("\n")[0]
            message = f"{archive} is no backup that can be read: {reason}."
            raise HarkenError(message) from error
        yield Path(folder)


def _read_manifest(path: Path, *, archive: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["schema"] == SCHEMA and manifest["migrations"] and manifest["tables"]:
            return dict(manifest)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    message = (
        f"{archive} has no manifest of this version's kind, so it was not made by its `manage.py backup`."
    )
    raise HarkenError(message)


def _refuse_unfit(manifest: dict[str, Any]) -> None:
    here = _migrations()
    if manifest["migrations"] != here:
        differing = sorted(set(manifest["migrations"]) ^ set(here))
        message = (
            f"The backup and this instance differ in their migrations ({', '.join(differing[:5])}). "
            "Restore it with the version of Harken that made it, then upgrade."
        )
        raise HarkenError(message)
    filled = [name for name, count in _row_counts().items() if count]
    if filled:
        message = (
            f"This instance is not empty ({', '.join(filled[:3])} hold rows). Restore into an empty one."
        )
        raise HarkenError(message)


def _restore_artifacts(source: Path) -> None:
    """Copy the files beside those that are there; nothing is overwritten, because the instance is empty."""
    for path in source.rglob("*"):
        target = Path(settings.MEDIA_ROOT) / path.relative_to(source)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())


def _verify(manifest: dict[str, Any]) -> None:
    found = _row_counts()
    wrong = [name for name, count in manifest["tables"].items() if found.get(name) != count]
    if wrong:
        message = f"The restored tables differ from the backup: {', '.join(wrong)}. Do not use this instance."
        raise HarkenError(message)
