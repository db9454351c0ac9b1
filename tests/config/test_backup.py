"""Backup and restore: what went in comes out in an empty instance, frozen versions included."""

import json
import os
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from config import backup
from config.backup import same_moment
from config.embedded.locations import CHECKOUT
from config.embedded.postgres import running_postgres
from tests.cast import make_project

pytestmark = pytest.mark.slow


def manage(var: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command against an embedded instance of its own."""
    environment = {key: value for key, value in os.environ.items() if not key.endswith("DATABASE_URL")}
    environment |= {"HARKEN_VAR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings.development"}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with an import, a frozen version and a file, backed up."""
    var = tmp_path_factory.mktemp("first")
    log = var / "pairs.jsonl"
    lines = [
        {"prompt": f"Question {n}?", "chosen": f"right {n}", "rejected": f"wrong {n}"} for n in range(12)
    ]
    log.write_text("\n".join(json.dumps(line) for line in lines))
    with running_postgres(var):
        for arguments in (
            ("import_conversations", str(log), "--project", "kept"),
            ("freeze_dataset", "--project", "kept", "--name", "d"),
        ):
            finished = manage(var, *arguments)
            assert finished.returncode == 0, finished.stderr
        (var / "artifacts").mkdir(exist_ok=True)
        (var / "artifacts" / "note.txt").write_text("kept")
        finished = manage(var, "backup", str(var / "backup.tar"), "--json")
        assert finished.returncode == 0, finished.stderr
    return var


def test_a_backup_restores_into_an_empty_instance_with_every_row(filled, tmp_path):
    finished = manage(tmp_path, "restore", str(filled / "backup.tar"), "--json")
    assert finished.returncode == 0, finished.stderr
    report = json.loads(finished.stdout.strip().splitlines()[-1])
    assert report["verified"]
    assert report["rows"] > 40
    assert (tmp_path / "artifacts" / "note.txt").read_text() == "kept"


def test_a_filled_instance_refuses_a_restore_and_says_why(filled):
    finished = manage(filled, "restore", str(filled / "backup.tar"))
    assert finished.returncode == 2
    assert "not empty" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_file_that_is_no_backup_is_refused_in_a_sentence(tmp_path):
    path = tmp_path / "x.tar"
    path.write_text("nothing of the kind")
    finished = manage(tmp_path, "restore", str(path))
    assert finished.returncode == 2
    assert "no backup that can be read" in finished.stderr


def test_an_archive_without_a_manifest_of_ours_is_refused_in_a_sentence(filled, tmp_path):
    (tmp_path / "manifest.json").write_text("[]")
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as tar:
        tar.add(tmp_path / "manifest.json", "manifest.json")
    finished = manage(filled, "restore", str(path))
    assert finished.returncode == 2
    assert "has no manifest" in finished.stderr


def test_what_changes_while_a_backup_is_made_is_neither_in_it_nor_counted(committed_db, monkeypatch):
    monkeypatch.setattr(backup, "OWNER", "default")
    with same_moment(), ThreadPoolExecutor(max_workers=1) as elsewhere:
        before = backup._row_counts()
        elsewhere.submit(make_a_project).result(timeout=10)
        assert backup._row_counts() == before
    assert backup._row_counts() != before


def make_a_project():
    try:
        make_project("meanwhile")
    finally:
        connection.close()
