"""The connection to the database: planned once, asked seldom whether it lives, and replaced when it does not."""

from concurrent.futures import ThreadPoolExecutor
from typing import cast

from django.db import connections

from config.postgresql.base import DatabaseWrapper


def ours() -> DatabaseWrapper:
    """Return this thread's own connection."""
    return cast("DatabaseWrapper", connections["default"])


def look_anew() -> None:
    """Do what the begin of a request does with a connection of long ago."""
    ours().found_usable_at = float("-inf")
    look_again()


def look_again() -> None:
    ours().health_check_enabled = True  # type: ignore[attr-defined]
    ours().health_check_done = False
    ours().close_if_health_check_failed()


def test_prepared_statements_are_planned_once(db):
    with ours().cursor() as cursor:
        cursor.execute("SHOW plan_cache_mode")
        assert cursor.fetchone() == ("force_generic_plan",)


def test_who_answered_a_moment_ago_is_not_asked_again(db):
    look_anew()
    asked_at = ours().found_usable_at
    assert asked_at > 0
    look_again()
    assert ours().found_usable_at == asked_at
    assert ours().health_check_done


def test_a_connection_that_the_server_closed_is_replaced(committed_db):
    def number() -> int:
        with ours().cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])

    def lose_and_look(_: int) -> tuple[int, int]:
        """In a thread, whose connection is its own."""
        try:
            lost = number()
            other = ours().copy()
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [lost])
            other.close()
            look_anew()
            return lost, number()
        finally:
            ours().close()

    with ThreadPoolExecutor(1) as pool:
        ((lost, found),) = pool.map(lose_and_look, [0])
    assert lost != found
