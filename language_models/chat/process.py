"""A client of a local chat model that runs in a process of its own, whose memory is free when the client is closed."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from language_models.chat.contract import ChatError, ChatReply, ChatRequest, ChatUnavailableError

PROGRAM = (sys.executable, "-m", "language_models.chat.local_process")


class ProcessChatClient:
    """Asks a model's process, one request at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._lock = threading.Lock()

    def complete(self, request: ChatRequest) -> ChatReply:
        """Return the process's answer."""
        question = {
            "messages": list(request.messages),
            "settings": asdict(request.settings),
            "seed": request.seed,
        }
        with self._lock:
            said = self._exchange(json.dumps(question))
        if "error" in said:
            raise (ChatUnavailableError if said.get("is_final") else ChatError)(said["error"])
        return ChatReply(**said)

    def _exchange(self, line: str) -> dict[str, Any]:
        reader, writer = self._process.stdout, self._process.stdin
        try:
            if reader is None or writer is None:
                raise ChatUnavailableError("The model's process has no pipes.")
            writer.write(line + "\n")
            writer.flush()
            return dict(json.loads(reader.readline()))
        except (OSError, ValueError) as error:
            raise ChatUnavailableError(
                "The model's process ended. Its memory may not have sufficed."
            ) from error


@contextmanager
def local_chat_client(
    path: Path, *, adapter: Path | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[ProcessChatClient]:
    """Give a client of a model in a folder, whose process ends with the block."""
    arguments = [*PROGRAM, str(path), *([str(adapter)] if adapter else [])]
    process = subprocess.Popen(
        arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=dict(environment or os.environ),
    )
    try:
        yield ProcessChatClient(process)
    finally:
        process.kill()
        process.communicate()
