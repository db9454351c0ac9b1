"""The embedded broker: Celery's filesystem transport, whose readers never meet a file that is half written.

kombu makes a file where its readers look, and fills it afterwards. A worker that reads it in between ends itself,
and everything that was started with it.
"""

import os
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any
from uuid import uuid4

import structlog
from kombu.transport import filesystem
from kombu.utils.json import dumps

log = structlog.get_logger()


class Channel(filesystem.Channel):
    """Puts files in place whole."""

    def _put(self, queue: str, payload: Any, **_options: Any) -> None:  # type: ignore[override] # as kombu's own
        name = f"{time.monotonic_ns() // 1_000_000}_{uuid4()}.{queue}.msg"
        aside = _written_aside(Path(self.data_folder_out, name), dumps(payload))  # type: ignore[no-untyped-call]
        aside.rename(Path(self.data_folder_out, name))

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        """Return the next message; one that cannot be read is passed over, because the sweep rings again."""
        try:
            return super()._get(queue)  # type: ignore[no-untyped-call]
        except ValueError:
            log.warning("unreadable_message", queue=queue)
            raise Empty from None

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        table: Path = self._exchange_file(exchange)  # type: ignore[no-untyped-call]
        if not table.exists():
            aside = _written_aside(table, "[]")
            with suppress(FileExistsError):  # another process was faster, and its table stays
                os.link(aside, table)
            aside.unlink()
        super()._queue_bind(exchange, routing_key, pattern, queue)  # type: ignore[no-untyped-call]


class Transport(filesystem.Transport):
    """The transport of addresses that begin with filesystem:, by config.celery."""

    Channel = Channel


def _written_aside(path: Path, text: str) -> Path:
    """Write beside a file under a name that no reader looks for."""
    aside = path.with_name(f".{uuid4()}.{path.name}")
    aside.write_text(text, encoding="utf-8")
    return aside
