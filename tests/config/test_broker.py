"""The embedded broker under the races that its folder invites."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty
from threading import Event
from typing import Any

import pytest
from kombu.connection import Connection

from config.celery import app

ROUNDS = 40


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """A connection to an embedded broker in folders of its own."""
    options = {f"{name}_folder": str(tmp_path / name) for name in ("control", "processed")}
    options |= {name: str(tmp_path / "messages") for name in ("data_folder_in", "data_folder_out")}
    for name in ("messages", "control", "processed"):
        (tmp_path / name).mkdir()
    with Connection("filesystem://localhost//", transport_options=options) as opened:
        yield opened


def test_the_embedded_broker_is_our_own() -> None:
    assert type(app.connection("filesystem://localhost//").transport).__module__ == "config.broker"


def test_a_message_comes_out_as_it_went_in(connection: Connection) -> None:
    channel: Any = connection.channel()
    channel._put("default", {"body": "Grüße"})
    assert channel._get("default") == {"body": "Grüße"}
    with pytest.raises(Empty):
        channel._get("default")


def test_whoever_looks_sees_a_message_whole_or_not_at_all(connection: Connection, tmp_path: Path) -> None:
    channel: Any = connection.channel()
    is_over = Event()

    def read_what_appears() -> int:
        seen: set[Path] = set()
        while not is_over.is_set():
            for path in set((tmp_path / "messages").glob("[!.]*.msg")) - seen:
                json.loads(path.read_text(encoding="utf-8"))
                seen.add(path)
        return len(seen)

    with ThreadPoolExecutor() as reader:
        counted = reader.submit(read_what_appears)
        for _ in range(ROUNDS):
            channel._put("default", {"body": "word " * 200_000})
        is_over.set()
    assert counted.result() > 0


def test_an_unreadable_message_is_passed_over(connection: Connection, tmp_path: Path) -> None:
    channel: Any = connection.channel()
    (tmp_path / "messages" / "0_first.default.msg").touch()
    channel._put("default", {"body": "second"})
    with pytest.raises(Empty):
        channel._get("default")
    assert channel._get("default") == {"body": "second"}


def test_queues_that_are_bound_at_once_are_all_in_the_table(connection: Connection) -> None:
    channel: Any = connection.channel()
    for exchange in map("round-{}".format, range(ROUNDS)):
        with ThreadPoolExecutor(8) as workers:
            bound = [workers.submit(channel._queue_bind, exchange, "", "", f"queue-{n}") for n in range(8)]
        assert [each.result() for each in bound] == [None] * 8
        assert len(channel.get_table(exchange)) == 8
