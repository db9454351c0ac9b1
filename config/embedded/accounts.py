"""The account that PostgreSQL runs under: PostgreSQL refuses to run as root, which is common in containers."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from config.embedded.errors import EmbeddedPostgresError

ACCOUNT_NAME = "harken"
# Where no account can be made (no useradd, or no right to use it), one of these is there on nearly every system.
FALLBACK_NAMES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A system account without rights of its own."""

    name: str
    uid: int
    gid: int


class AccountOptions(TypedDict, total=False):
    """The options of subprocess that start a program under another account."""

    user: int
    group: int
    extra_groups: list[int]


def server_account(data_folder: Path) -> Account | None:
    """Return the account that runs the server, or None where that is simply whoever asks.

    Whoever owns existing tables keeps running them, so that a folder made by a person works for root too.
    """
    if os.geteuid() != 0:
        return None
    if data_folder.exists() and data_folder.stat().st_uid != 0:
        owner = data_folder.stat()
        return Account(name=str(owner.st_uid), uid=owner.st_uid, gid=owner.st_gid)
    account = _account_named(ACCOUNT_NAME) or _make_account() or _fallback_account()
    if account is None:
        message = (
            "PostgreSQL refuses to run as root, and no other account could be found or made here. "
            f"Make one with `useradd --system {ACCOUNT_NAME}`, or start Harken as another user."
        )
        raise EmbeddedPostgresError(message)
    return account


def account_options(account: Account | None) -> AccountOptions:
    """Return the options that make subprocess start a program under this account."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def give_folder(folder: Path, *, account: Account | None) -> None:
    """Give a folder and what is in it to the account, unless it is its own already."""
    if account is None or folder.stat().st_uid == account.uid:
        return
    for path in [*folder.rglob("*"), folder]:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def can_enter(folder: Path, *, account: Account | None) -> bool:
    """Say whether the account reaches this folder, asking the kernel rather than reading permission bits."""
    if account is None:
        return True
    asked = subprocess.run(
        ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)], check=False, **_quietly(), **account_options(account)
    )
    return asked.returncode == 0


def can_run(program: Path, *, account: Account | None) -> bool:
    """Say whether the account can run this program, by asking the program for its version."""
    try:
        asked = subprocess.run(
            [str(program), "--version"], check=False, **_quietly(), **account_options(account)
        )
    except OSError:
        return False
    return asked.returncode == 0


class _QuietOptions(TypedDict):
    cwd: str
    stdout: int
    stderr: int


def _quietly() -> _QuietOptions:
    return {"cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def _account_named(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)


def _make_account() -> Account | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        return None
    options = ["--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    subprocess.run([useradd, *options, ACCOUNT_NAME], check=False, **_quietly())
    return _account_named(ACCOUNT_NAME)


def _fallback_account() -> Account | None:
    return next(filter(None, map(_account_named, FALLBACK_NAMES)), None)
