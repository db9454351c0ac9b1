"""The first thing that a newcomer runs, where something is missing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.source import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout without .venv."""
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    return tmp_path


def install(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(checkout / "requirements" / "install.sh"), "base"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def python_that(folder: Path, *, script: str) -> str:
    """Make a Python that behaves as the script says."""
    path = folder / "python3.99"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_a_missing_python_is_named(checkout: Path) -> None:
    installed = install(checkout, PYTHON=str(checkout / "nowhere"))
    assert installed.returncode == 1
    assert "Harken needs Python 3.11 or newer" in installed.stderr


def test_a_python_that_is_too_old_is_not_taken(checkout: Path) -> None:
    installed = install(checkout, PYTHON=python_that(checkout, script="exit 1"))
    assert "Harken needs Python 3.11 or newer" in installed.stderr


def test_a_missing_venv_is_named_with_what_to_do(checkout: Path) -> None:
    old = python_that(checkout, script='case "$2" in *venv*) exit 1;; esac')
    installed = install(checkout, PYTHON=old)
    assert installed.returncode == 1
    assert "apt install python3-venv" in installed.stderr


def test_what_is_installed_already_takes_no_second_look(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(python_that(checkout, script="echo Python 3.99.0"), checkout / ".venv" / "bin" / "python")
    wanted = subprocess.run(
        ["sh", "-c", "{ cat requirements/*.txt; .venv/bin/python --version; } | cksum | tr -d ' '"],
        cwd=checkout, capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    (checkout / ".venv" / f".harken-base-{wanted}").touch()
    installed = install(checkout)
    assert (installed.returncode, installed.stdout) == (0, "")
