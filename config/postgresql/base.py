"""Django's own PostgreSQL, with prepared statements planned once, and asked less often whether it is alive."""

from time import monotonic

from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL

# A server that went away is so noticed a second late: one request may fail on each connection, and no second one.
CHECKED_SECONDS = 1.0


class DatabaseWrapper(PostgreSQL):
    """A connection that answered a moment ago need not say so again before each request."""

    found_usable_at = float("-inf")

    def init_connection_state(self) -> None:
        """Have prepared statements planned once, and not again whenever their values promise fewer rows."""
        super().init_connection_state()
        with self.cursor() as cursor:
            cursor.execute("SET plan_cache_mode = force_generic_plan")

    def is_usable(self) -> bool:
        """Return whether the server answers, and remember when it did."""
        is_usable: bool = super().is_usable()
        self.found_usable_at = monotonic() if is_usable else float("-inf")
        return is_usable

    def close_if_health_check_failed(self) -> None:
        """Look whether the connection is alive, unless it was a moment ago."""
        if monotonic() - self.found_usable_at < CHECKED_SECONDS:
            # Said for the whole request: a look inside a transaction would begin another one at its end.
            self.health_check_done = True
        super().close_if_health_check_failed()
