"""What goes wrong with the embedded services, in sentences for people."""


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL could not do what was asked; the text says what happened and what to do next."""
