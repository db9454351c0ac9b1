"""How errors reach the log: with the place where they happened, and never with the text of a conversation."""

import logging
import sys
import traceback
from types import TracebackType
from typing import TextIO

import structlog

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
# After these words PostgreSQL tells the row that it refused, words of users included.
ROW_FOLLOWS = "DETAIL:"


class ErrorFormatter(logging.Formatter):
    """Writes the calls that led to an error, and of its message the first line alone."""

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802 - the name that logging calls
        """Return the calls, then the error in one line."""
        kind, error, calls = ei
        if kind is None:
            return ""
        first_line = str(error).partition("\n")[0]
        return "".join(traceback.format_tb(calls)) + f"{kind.__name__}: {first_line}"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name that logging calls
        """Return the message without a row that an error quotes in it."""
        return super().formatMessage(record).partition(ROW_FOLLOWS)[0]


def configure_structlog() -> None:
    """Have events written to standard error, and errors as above: by default they come with all local variables."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, exception_formatter=_write_error),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def _write_error(out: TextIO, ei: ExceptionInfo) -> None:
    out.write("\n" + ErrorFormatter().formatException(ei))
