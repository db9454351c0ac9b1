"""The resident embedder: `python -m language_models.embedders.server --socket PATH`.

It loads the model, then listens; so whoever can connect is answered. SIGTERM and SIGINT end it cleanly.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from language_models.embedders import frames
from language_models.embedders.batching import Batcher
from language_models.embedders.contract import Embedder, EmbedderUnavailableError
from language_models.embedders.local import LocalEmbedder

logger = logging.getLogger("harken.embedder")

DEFAULT_SOCKET = Path("var/embedder.sock")
# The kernel's limit for the path of a unix socket, less the closing NUL.
MAX_SOCKET_PATH_BYTES = 107


class EmbedderServer:
    """Answers frames on connections; every connection may ask any number of times."""

    def __init__(self, embedder: Embedder) -> None:
        self._batcher = Batcher(embedder)
        self._health = {
            "model_name": embedder.model_name,
            "name": embedder.name,
            "dimension": embedder.dimension,
            "dtype": "float32",
            "max_tokens": getattr(embedder, "max_tokens", None),
        }

    async def serve(self, listener: socket.socket) -> None:
        """Answer on the listener until cancelled."""
        server = await asyncio.start_unix_server(self._converse, sock=listener)
        try:
            await self._batcher.run()
        finally:
            # Not wait_closed: it would wait for clients that have nothing to ask.
            server.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _read_request(reader):
                writer.write(await self._reply(request))
                await writer.drain()
        except frames.FrameError as error:
            writer.write(frames.pack({"error": str(error)}))
        except (ConnectionError, asyncio.IncompleteReadError):
            logger.debug("A client went away in the middle of a request.")
        finally:
            writer.close()

    async def _reply(self, request: Mapping[str, Any]) -> bytes:
        if request.get("ask") == "health":
            return frames.pack(self._health)
        if refusal := _refusal_of(request.get("texts")):
            return frames.pack({"error": refusal})
        try:
            return frames.pack({}, vectors=await self._batcher.embed(request["texts"]))
        except Exception as error:  # noqa: BLE001 - one request fails, the server stays up
            logger.warning("A batch could not be embedded: %s", type(error).__name__)
            return frames.pack({"error": f"The texts could not be embedded ({type(error).__name__})."})


async def _read_request(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    """Return the next request, or None where the client has no more; raises FrameError."""
    first = await reader.read(1)
    if not first:
        return None
    prefix = first + await reader.readexactly(frames.LENGTH_BYTES - 1)
    return frames.unpack_head(await reader.readexactly(frames.head_length(prefix)))


def _refusal_of(texts: object) -> str:
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return 'A request is {"texts": [...]} or {"ask": "health"}.'
    if len(texts) > frames.TEXTS_PER_REQUEST:
        return f"A request may hold {frames.TEXTS_PER_REQUEST} texts, not {len(texts)}."
    return ""


def listen(path: Path) -> socket.socket:
    """Return a listening unix socket that its owner alone can open; raises EmbedderUnavailableError."""
    _check_path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    _remove_stale(path)
    # Set before binding: between bind and chmod anybody could connect.
    umask = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(umask)
    listener.listen()
    listener.setblocking(False)
    return listener


def _check_path(path: Path) -> None:
    length = len(os.fsencode(path))
    if length > MAX_SOCKET_PATH_BYTES:
        message = (
            f"The socket path has {length} bytes, but the system allows {MAX_SOCKET_PATH_BYTES}. "
            "Name a shorter one with --socket."
        )
        raise EmbedderUnavailableError(message)


def _remove_stale(path: Path) -> None:
    """Remove the socket of a server that is gone; raises EmbedderUnavailableError where one still listens."""
    if not path.exists():
        return
    if not path.is_socket():
        message = f"{path} is no socket, so it was left alone. Name another path with --socket."
        raise EmbedderUnavailableError(message)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as attempt:
        if attempt.connect_ex(str(path)) == 0:
            message = f"An embedder listens on {path} already. Stop it, or name another path with --socket."
            raise EmbedderUnavailableError(message)
    path.unlink()


async def _serve_until_stopped(embedder: Embedder, *, path: Path) -> None:
    listener = listen(path)
    serving = asyncio.current_task()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, serving.cancel)  # type: ignore[union-attr]
    logger.info("%s listens on %s.", embedder.name, path)
    try:
        with suppress(asyncio.CancelledError):
            await EmbedderServer(embedder).serve(listener)
    finally:
        path.unlink(missing_ok=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped; returns 0 after a signal, 2 where serving could not begin."""
    parser = argparse.ArgumentParser(prog="python -m language_models.embedders.server", description=__doc__)
    parser.add_argument("--socket", type=Path, default=DEFAULT_SOCKET, help="the unix socket to listen on")
    parser.add_argument("--model", type=Path, help="the folder of another sentence-transformers model")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:1")
    parser.add_argument(
        "--bfloat16", action="store_true", help="nearly twice as fast on processors with AVX-512 BF16 or AMX"
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        _serve(_embedder_of(options), path=options.socket)
    except KeyboardInterrupt:
        return 0
    except EmbedderUnavailableError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (OSError, ValueError) as error:
        sys.stderr.write(f"The embedder could not start: {error}\n")
        return 2
    return 0


def _embedder_of(options: argparse.Namespace) -> LocalEmbedder:
    return LocalEmbedder(options.model, device=options.device, bfloat16=options.bfloat16)


def _serve(embedder: LocalEmbedder, *, path: Path) -> None:
    _check_path(path)
    logger.info("Loading %s.", embedder.name)
    embedder.embed(["The first text is slow, so it is embedded before anybody waits."])
    asyncio.run(_serve_until_stopped(embedder, path=path))


if __name__ == "__main__":
    sys.exit(main())
