"""The embedded PostgreSQL, started for real: what a crash, a race or a locked folder may not break."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from config.embedded import locations
from config.embedded.locations import CHECKOUT, WHEEL, data_folder, socket_folder, wheel_programs
from config.embedded.postgres import database_url, running_postgres
from config.embedded.server import running_pid

NEEDS_ROOT = pytest.mark.skipif(
    os.geteuid() != 0, reason="Only root starts the server under another account."
)
NOBODYS_PID = "4194300"


@pytest.fixture
def var() -> Iterator[Path]:
    """A state folder that every account can enter, with nothing left of it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="hk-"))
    folder.chmod(0o755)
    yield folder / "var"
    clear_away(folder)


@pytest.fixture(scope="module")
def running_var() -> Iterator[Path]:
    """The state folder of a server that runs for all tests that only ask it something."""
    folder = Path(tempfile.mkdtemp(prefix="hk-"))
    folder.chmod(0o755)
    with running_postgres(folder / "var"):
        yield folder / "var"
    clear_away(folder)


@pytest.fixture
def locked_var() -> Iterator[Path]:
    """A state folder inside one that only its owner can enter, as mktemp makes it."""
    folder = Path(tempfile.mkdtemp(prefix="hk-"))
    yield folder / "var"
    clear_away(folder)


def clear_away(folder: Path) -> None:
    """Stop what runs there and remove its folders, the moved ones too."""
    command(folder / "var", "stop")
    tables = data_folder(folder / "var")
    if not tables.is_relative_to(folder):
        shutil.rmtree(tables.parent)
    shutil.rmtree(socket_folder(folder / "var"), ignore_errors=True)
    shutil.rmtree(folder)


def command(var: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the module's commands to its end."""
    return subprocess.run(invocation(*arguments), **surroundings(var), check=False)  # type: ignore[call-overload, no-any-return]


def foreground(var: Path) -> subprocess.Popen[str]:
    """Run the server as the Procfile does, and return when it answers."""
    runner: subprocess.Popen[str] = subprocess.Popen(invocation("run"), **surroundings(var))  # type: ignore[call-overload]
    wait_until(lambda: answers(var))
    return runner


def invocation(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "config.embedded.postgres", *arguments]


def surroundings(var: Path) -> dict[str, object]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return {
        "env": environment | {"HARKEN_VAR": str(var)},
        "cwd": CHECKOUT,
        "text": True,
        "stderr": subprocess.PIPE,
    }


def wait_until(is_so: Callable[[], bool], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "This did not come true in time."
        time.sleep(0.05)


def answers(var: Path) -> bool:
    try:
        return ask(var, "SELECT 1") == 1
    except psycopg.OperationalError:
        return False


def ask(var: Path, query: str, *, role: str = "owner") -> object:
    with psycopg.connect(database_url(role, var=var), autocommit=True) as connection:  # type: ignore[arg-type]
        cursor = connection.execute(query)
        return cursor.fetchone()[0] if cursor.description else None  # type: ignore[index]


def test_a_second_start_keeps_what_the_first_one_stored(var: Path) -> None:
    with running_postgres(var):
        ask(var, "CREATE TABLE kept AS SELECT 7 AS number")
    with running_postgres(var):
        assert ask(var, "SELECT number FROM kept") == 7


def test_the_app_may_use_the_owners_tables_and_make_none(running_var: Path) -> None:
    ask(running_var, "CREATE TABLE score (id bigserial, place halfvec(2))")
    ask(running_var, "INSERT INTO score (place) VALUES ('[1,2]')", role="app")
    for refused in ("CREATE TABLE mine (id int)", "TRUNCATE score", "DROP TABLE score", "CREATE ROLE other"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(running_var, refused, role="app")


def test_a_new_database_has_the_extension_and_the_same_rights(running_var: Path) -> None:
    ask(running_var, "CREATE DATABASE harken_second")
    with psycopg.connect(database_url("owner", var=running_var), dbname="harken_second") as owner:
        owner.execute("CREATE TABLE score (id bigserial, place halfvec(2))")
    with psycopg.connect(database_url("app", var=running_var), dbname="harken_second") as app:
        app.execute("INSERT INTO score (place) VALUES ('[1,2]')")


def test_text_is_compared_by_code_point_on_every_machine(running_var: Path) -> None:
    assert ask(running_var, "SELECT upper('é') || ('B' < 'a')::text") == "Étrue"
    assert (
        ask(running_var, "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'harken'")
        == "bC.UTF-8"
    )


def test_two_starts_at_once_share_one_server(var: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        finished = list(pool.map(lambda _: command(var, "start"), range(2)))
    assert [start.returncode for start in finished] == [0, 0]
    assert sorted("is ready" in start.stderr for start in finished) == [False, True]


def test_a_killed_server_recovers_its_rows(var: Path) -> None:
    command(var, "start")
    ask(var, "CREATE TABLE kept AS SELECT 7 AS number")
    os.kill(running_pid(var) or 0, signal.SIGKILL)
    assert command(var, "start").returncode == 0
    assert ask(var, "SELECT number FROM kept") == 7


@pytest.mark.parametrize(
    "pid", [NOBODYS_PID, str(os.getpid()), "", "no number"], ids=["gone", "ours", "none", "torn"]
)
def test_a_stale_process_number_does_not_stop_a_start(var: Path, pid: str) -> None:
    with running_postgres(var):
        pass
    (data_folder(var) / "postmaster.pid").write_text(f"{pid}\n{data_folder(var)}\n")
    with running_postgres(var):
        assert answers(var)


def test_a_start_cut_short_leaves_room_for_the_next(var: Path) -> None:
    half = var / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with running_postgres(var):
        assert answers(var)
    assert not half.exists()


def test_tables_of_another_version_are_refused_with_what_to_do(var: Path) -> None:
    (var / "postgres").mkdir(parents=True)
    (var / "postgres" / "PG_VERSION").write_text("16\n")
    start = command(var, "start")
    assert start.returncode == 1
    assert "written by PostgreSQL 16" in start.stderr
    assert "Traceback" not in start.stderr


def test_a_signal_ends_the_foreground_process_and_its_server(var: Path) -> None:
    runner = foreground(var)
    runner.terminate()
    assert runner.wait(10) == 0
    assert running_pid(var) is None


def test_a_connection_that_stays_open_delays_the_end_by_seconds_only(var: Path) -> None:
    runner = foreground(var)
    with psycopg.connect(database_url("app", var=var)):
        runner.terminate()
        assert runner.wait(4.8) == 0  # honcho kills what has not ended after five


def test_a_killed_foreground_process_leaves_no_server_behind(var: Path) -> None:
    runner = foreground(var)
    runner.kill()
    runner.wait(5)
    wait_until(lambda: running_pid(var) is None)


def test_a_foreground_process_takes_over_when_the_first_server_ends(var: Path) -> None:
    command(var, "start")
    runner = foreground(var)
    first = running_pid(var)
    command(var, "stop")
    wait_until(lambda: running_pid(var) not in (None, first))
    runner.terminate()
    assert runner.wait(10) == 0


def test_a_server_that_was_joined_is_left_running(var: Path) -> None:
    command(var, "start")
    with running_postgres(var):
        pass
    assert answers(var)


def test_the_log_holds_no_text_of_a_failed_statement(running_var: Path) -> None:
    ask(running_var, "CREATE TABLE note (body text UNIQUE)")
    ask(running_var, "INSERT INTO note VALUES ('a secret wish')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        ask(running_var, "INSERT INTO note VALUES ('a secret wish')")
    log = (running_var / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "secret" not in log


def test_nobody_else_may_enter_the_socket_folder(running_var: Path) -> None:
    assert socket_folder(running_var).stat().st_mode & 0o777 == 0o700


def test_a_server_in_the_place_of_a_deleted_checkout_is_named(var: Path) -> None:
    command(var, "start")
    first = running_pid(var) or 0
    (var / "postgres").rename(var / "deleted")
    refused = command(var, "start")
    os.kill(first, signal.SIGINT)
    assert refused.returncode == 1
    assert f"kill -INT {first}" in refused.stderr


def test_a_server_that_ended_leaves_no_socket_folder(var: Path) -> None:
    with running_postgres(var):
        assert socket_folder(var).exists()
    assert not socket_folder(var).exists()


def test_a_socket_folder_of_somebody_else_is_refused(var: Path) -> None:
    var.mkdir(parents=True)
    socket_folder(var).symlink_to("/tmp")
    start = command(var, "start")
    socket_folder(var).unlink()
    assert start.returncode == 1
    assert "belongs to somebody else" in start.stderr


@NEEDS_ROOT
def test_a_checkout_that_only_root_can_enter_stays_closed(locked_var: Path) -> None:
    start = command(locked_var, "start")
    assert start.returncode == 0
    assert f"keeps its tables in {data_folder(locked_var)}" in start.stderr
    assert locked_var.parent.stat().st_mode & 0o777 == 0o700


@NEEDS_ROOT
def test_tables_that_were_moved_are_found_again(locked_var: Path) -> None:
    with running_postgres(locked_var):
        ask(locked_var, "CREATE TABLE kept AS SELECT 7 AS number")
    locked_var.parent.chmod(0o755)
    with running_postgres(locked_var):
        assert ask(locked_var, "SELECT number FROM kept") == 7


@NEEDS_ROOT
def test_programs_that_only_root_can_enter_run_from_a_copy(
    locked_var: Path, var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = locked_var.parent / "site-packages"
    for name in (WHEEL, f"{WHEEL}.libs"):
        shutil.copytree(
            wheel_programs().parent.with_name(name), locked / name, ignore=shutil.ignore_patterns("pginstall")
        )
    monkeypatch.setattr(locations, "SYSTEM_FOLDER", var.parent / "system")
    monkeypatch.setattr(locations, "wheel_programs", lambda: locked / WHEEL / "pginstall18")
    with running_postgres(var):
        assert answers(var)
    assert locked_var.parent.stat().st_mode & 0o777 == 0o700
    assert list((var.parent / "system").glob("programs-*"))


def test_another_database_in_the_environment_leaves_the_embedded_one_alone(var: Path) -> None:
    options = surroundings(var)
    options["env"] = {**options["env"], "DATABASE_URL": "postgresql://elsewhere/harken"}  # type: ignore[dict-item]
    runner: subprocess.Popen[str] = subprocess.Popen(invocation("run"), **options)  # type: ignore[call-overload]
    assert "names another PostgreSQL" in (runner.stderr.readline() if runner.stderr else "")
    runner.terminate()
    assert runner.wait(5) == 0
    assert running_pid(var) is None
