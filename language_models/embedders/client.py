"""The embedder of another process, asked over its unix socket; without torch, so the web can hold one."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from language_models.embedders import frames
from language_models.embedders.contract import EmbedderUnavailableError, Vectors

CONNECT_SECONDS = 2.0
REPLY_SECONDS = 120.0


class SocketEmbedder:
    """Embeds through the server on a socket; one connection per call, so threads and forks may share it.

    Every method raises EmbedderUnavailableError where the server does not answer, or answers nonsense.
    """

    def __init__(self, path: Path | str, *, reply_seconds: float = REPLY_SECONDS) -> None:
        self._path = Path(path)
        self._reply_seconds = reply_seconds

    @property
    def model_name(self) -> str:
        """Return the model's name alone."""
        return str(self._greeting["model_name"])

    @property
    def name(self) -> str:
        """Return the model's name with its revision."""
        return str(self._greeting["name"])

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return int(self._greeting["dimension"])

    def health(self) -> dict[str, Any]:
        """Ask the server what it holds: `model_name`, `name`, `dimension`, `dtype`, `max_tokens`."""
        with self._connection() as connection:
            head, _ = self._ask(connection, {"ask": "health"})
        return head

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text, in order.

        Texts are sent by length, so that few are padded to much longer ones.
        """
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        order = np.argsort([len(text) for text in texts], kind="stable")
        with self._connection() as connection:
            parts = [self._embed_part(connection, part) for part in _parts([texts[i] for i in order])]
        by_length = np.concatenate(parts)
        vectors = np.empty_like(by_length)
        vectors[order] = by_length
        return vectors

    @cached_property
    def _greeting(self) -> dict[str, Any]:
        return self.health()

    def _embed_part(self, connection: socket.socket, texts: list[str]) -> Vectors:
        head, tail = self._ask(connection, {"texts": texts})
        vectors = frames.unpack_vectors(tail, dimension=int(head["dimension"]))
        if len(vectors) != len(texts):
            raise self._unavailable(f"sent {len(vectors)} vectors for {len(texts)} texts")
        return vectors

    def _connection(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(CONNECT_SECONDS)
        try:
            connection.connect(str(self._path))
        except OSError as error:
            connection.close()
            raise self._unavailable(f"does not answer ({error})") from error
        connection.settimeout(self._reply_seconds)
        return connection

    def _ask(self, connection: socket.socket, request: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
        try:
            connection.sendall(frames.pack(request))
            prefix = _receive(connection, length=frames.LENGTH_BYTES)
            head = frames.unpack_head(_receive(connection, length=frames.head_length(prefix)))
            tail = _receive(connection, length=frames.tail_length(head))
        except (OSError, EOFError, frames.FrameError) as error:
            raise self._unavailable(f"broke off ({error})") from error
        if "error" in head:
            raise self._unavailable(f"says: {head['error']}")
        return head, tail

    def _unavailable(self, what_happened: str) -> EmbedderUnavailableError:
        return EmbedderUnavailableError(
            f"The embedder at {self._path} {what_happened}. "
            f"Start it with: python -m language_models.embedders.server --socket {self._path}"
        )


def _parts(texts: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(texts), frames.TEXTS_PER_REQUEST):
        yield texts[start : start + frames.TEXTS_PER_REQUEST]


def _receive(connection: socket.socket, *, length: int) -> bytes:
    received = bytearray()
    while len(received) < length:
        block = connection.recv(min(length - len(received), 1024**2))
        if not block:
            message = "the connection closed before the reply was complete"
            raise EOFError(message)
        received += block
    return bytes(received)
